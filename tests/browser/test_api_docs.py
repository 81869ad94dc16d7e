"""The API as the shipped server serves it: its page under the strict policy, and HTTP that no test client can send."""

import http.client
import json

import pytest
from playwright.sync_api import ConsoleMessage, Page

from tests.browser.test_first_afternoon import said, tab  # noqa: F401 - fixtures
from tests.ops.conftest import installation  # noqa: F401 - a fixture
from tests.ops.installation import Installation

pytestmark = pytest.mark.slow

_A_TOKEN = """
import datetime as dt
from accounts.models import User
from keyvault.actor import Origin, TokenKind, Verb
from keyvault.flows.sign_up import sign_up
from orgs.access import person_in
from tokens.services import issue_token

made = sign_up(origin=Origin(), organization="Acme", person=lambda: User.objects.create_user("olivia@acme.example"))
owner = person_in(made.organization.memberships.select_related("org", "user").get(), origin=Origin())
issued = issue_token(
    actor=owner, kind=TokenKind.PERSON, name="Olivia's laptop", verbs=list(Verb), lifetime=dt.timedelta(hours=1)
)
print("TOKEN", issued.value)
"""


def test_the_page_shows_every_operation_and_calls_one_under_the_strict_policy(
    tab: Page,  # noqa: F811 - a fixture
    said: list[ConsoleMessage],  # noqa: F811 - a fixture
    installation: Installation,  # noqa: F811 - a fixture
) -> None:
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto("/api/v1/docs")
    tab.locator("#operations-values-reveal_secret").wait_for()
    assert tab.locator(".opblock").count() > 50

    tab.locator(".auth-wrapper .authorize").click()
    tab.locator(".auth-container input").fill(_token(installation))
    tab.locator(".auth-btn-wrapper .authorize").click()
    tab.locator(".auth-btn-wrapper .btn-done").click()
    tab.locator("#operations-organization-whoami .opblock-summary-control").click()
    tab.get_by_role("button", name="Try it out").click()
    tab.get_by_role("button", name="Execute").click()
    tab.locator(".live-responses-table").get_by_text("olivia@acme.example").first.wait_for()

    assert {url.split("/")[2] for url in asked if url.startswith("http")} == {f"127.0.0.1:{installation.port}"}
    assert [message.text for message in said if message.type in ("error", "warning")] == []
    assert tab.evaluate("JSON.stringify(localStorage)") == "{}"


def test_what_the_server_makes_of_odd_requests(installation: Installation) -> None:  # noqa: F811 - a fixture
    installation.up()
    headers = {"Authorization": f"Bearer {_token(installation)}", "Content-Type": "application/json"}
    place = "/api/v1/projects/shop/environments/development"
    for method, path, body, status in (
        ("POST", "/api/v1/projects", b'{"name": "Shop"}', 201),
        ("POST", f"{place}/secrets", b'{"name": "api-keys/stripe", "value": "sk_test"}', 201),
        ("GET", f"{place}/values/api-keys/stripe", None, 200),
        ("GET", f"{place}/values/api-keys%2Fstripe", None, 200),
        ("GET", f"{place}/values/%2561pi-keys/stripe", None, 422),
        ("HEAD", f"{place}/values/api-keys/stripe", None, 200),
        ("LIST", "/api/v1/whoami", None, 405),
        ("OPTIONS", "/api/v1/whoami", None, 405),
        ("GET", "/api/v1/whoami/", None, 404),
        ("GET", f"{place}/values/../values/x", None, 422),
        ("GET", f"{place}/values/%00", None, 422),
        ("GET", f"{place}/values/%ff%fe", None, 422),
        ("POST", "/api/v1/projects", [b'{"name": "Shop"}'], 411),
        ("POST", "/api/v1/projects", b"{" + b" " * 3_000_000 + b"}", 413),
    ):
        got, content = _call(installation.port, method, path, body, headers)
        assert got == status, (method, path, content)
        if method == "HEAD":
            assert content == b""
        elif status >= 400:
            assert json.loads(content)["status"] == status, (method, path)


def _token(installation: Installation) -> str:  # noqa: F811 - a fixture
    output = installation.manage("shell", "-c", _A_TOKEN).stdout
    return output.partition("TOKEN ")[2].split()[0]


def _call(
    port: int, method: str, path: str, body: bytes | list[bytes] | None, headers: dict[str, str]
) -> tuple[int, bytes]:
    """A list is sent in chunks."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, headers, encode_chunked=isinstance(body, list))
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
