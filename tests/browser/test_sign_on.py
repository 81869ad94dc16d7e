"""Single sign-on in a real browser: its cookies and the pages' own fences let it through, with and without scripts."""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page

from accounts.totp import STEP, code_at
from orgs.sign_on.metadata import read_metadata
from tests.browser.saml_page import SamlPage, saml_page
from tests.browser.test_first_afternoon import PASSWORD, said, tab  # noqa: F401 - fixtures
from tests.ops.installation import Installation
from tests.sso.oidc_far_side import CLIENT, SECRET, OidcFarSide, oidc_far_side
from tests.sso.saml_far_side import metadata

pytestmark = pytest.mark.slow

KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NINA = {"sub": "nina-1", "email": "nina@acme.example", "email_verified": True, "name": "Nina", "groups": ["staff"]}

_SEED = """
import json, sys
from accounts.models import TotpDevice, User
from allauth.account.models import EmailAddress
from dataclasses import replace
from keyvault.actor import Origin
from keyvault.flows.sign_up import sign_up
from orgs.access import person_in
from orgs.models import Domain, Membership
from orgs.services.connections import create_connection, set_rules
from orgs.sign_on.configurations import OidcConfiguration, SamlConfiguration
from django.utils import timezone

given = json.loads(%(given)r)
made = sign_up(origin=Origin(), organization="Acme", person=lambda: User.objects.create_user(
    "olivia@acme.example", %(password)r, name="Olivia"))
EmailAddress.objects.create(user=made.user, email=made.user.email, verified=True, primary=True)
device = TotpDevice(user=made.user, name="Phone", confirmed=True)
device.key = %(key)r
device.save()
member = Membership.objects.select_related("org", "user").get()
owner = person_in(member, origin=Origin(), stepped_up=True)
Domain.objects.create(org=member.org, name="acme.example", challenge="x", proof="operator", proven_at=timezone.now())
keys = {}
for name, made in (("OpenID", OidcConfiguration(**given["oidc"])), ("SAML", SamlConfiguration(**given["saml"]))):
    link = create_connection(actor=owner, org=member.org, name=name, configuration=made)
    set_rules(actor=owner, connection=link, default_role="viewer", trust_unmarked_email=True, enabled=True)
    keys[name] = link.key
print("SEEDED " + json.dumps(keys))
"""


@pytest.fixture
def installation() -> Iterator[Installation]:
    """Its operator admits providers on this machine."""
    folder = Path(tempfile.mkdtemp(prefix="keyvault-sso-"))
    made = Installation(folder, settings={"KEYVAULT_EGRESS_ALLOW": "sso@localhost=127.0.0.0/8,sso@localhost=::1/128"})
    yield made
    made.end()
    shutil.rmtree(folder)


@pytest.fixture
def openid(installation: Installation) -> Iterator[OidcFarSide]:
    with oidc_far_side() as server:
        server.visitor = NINA
        yield server


@pytest.fixture
def saml() -> Iterator[SamlPage]:
    with saml_page() as server:
        yield server


@pytest.fixture
def acme(tab: Page, installation: Installation, openid: OidcFarSide, saml: SamlPage) -> str:  # noqa: F811 - fixtures
    read = read_metadata(metadata(saml.signer))
    given: dict[str, Any] = {
        "oidc": {"issuer": openid.issuer, "client_id": CLIENT, "client_secret": SECRET},
        "saml": {"entity_id": read.entity_id, "sso_url": saml.url, "certificates": read.certificates},
    }
    script = _SEED % {"given": json.dumps(given), "password": PASSWORD, "key": KEY}
    done = installation.manage("shell", "-c", script)
    assert "SEEDED" in done.stdout, done.stderr[-2000:]
    keys = json.loads(done.stdout.partition("SEEDED ")[2].splitlines()[0])
    saml.base = f"http://127.0.0.1:{installation.port}/sso/{keys['SAML']}"
    return f"http://127.0.0.1:{installation.port}"


def test_people_arrive_by_openid_and_by_saml(tab: Page, acme: str, said: list[ConsoleMessage]) -> None:  # noqa: F811
    for provider in ("OpenID", "SAML"):
        arrive(tab, provider)
        tab.goto("/account")
        tab.get_by_text("Nina", exact=True).first.wait_for() if provider == "OpenID" else None
        assert "nina@acme.example" in tab.content()
        tab.get_by_role("button", name="Sign out").click()
        tab.get_by_role("link", name="Sign in").first.wait_for()
    assert [message.text for message in said if message.type in ("error", "warning")] == []


def test_they_confirm_that_it_is_them_at_the_provider(
    tab: Page,  # noqa: F811
    acme: str,
    openid: OidcFarSide,
    said: list[ConsoleMessage],  # noqa: F811
) -> None:
    for provider in ("OpenID", "SAML"):
        arrive(tab, provider)
        tab.goto("/account/step-up?next=/account/sign-ins")
        tab.get_by_text("in Acme only").wait_for()
        openid.visitor = {**NINA, "auth_time": int(time.time())}
        tab.get_by_role("button", name=f"Sign in again at {provider}").click()
        tab.get_by_role("heading", name="Sign-in history").wait_for()
        tab.get_by_role("button", name="Sign out").click()
        tab.get_by_role("link", name="Sign in").first.wait_for()
    assert [message.text for message in said if message.type in ("error", "warning")] == []


def test_without_scripts_buttons_lead_there(tab: Page, acme: str) -> None:  # noqa: F811
    browser = tab.context.browser
    assert browser is not None
    plain = browser.new_context(base_url=acme, java_script_enabled=False).new_page()
    begin(plain, "SAML")
    plain.get_by_role("button", name="Go back").click()
    plain.get_by_role("button", name="Continue to KeyVault").click()
    plain.wait_for_url(f"{acme}/**")
    plain.goto("/account")
    assert "nina@acme.example" in plain.content()


def test_an_owner_tests_a_connection(tab: Page, acme: str, said: list[ConsoleMessage]) -> None:  # noqa: F811
    tab.goto("/sign-in?next=/o/acme/settings/sso")
    tab.get_by_label("Email").fill("olivia@acme.example")
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in", exact=True).click()
    tab.get_by_label("Code", exact=True).fill(code_at(KEY, int(time.time()) // STEP))
    tab.get_by_role("button", name="Continue").click()
    tab.get_by_role("link", name="OpenID", exact=True).click()
    tab.get_by_role("button", name="Test this connection").click()
    tab.get_by_text("It works. This person would be viewer").wait_for()
    tab.get_by_role("link", name="Back", exact=True).click()
    tab.set_viewport_size({"width": 360, "height": 740})
    for address in (tab.url, "/o/acme/settings/sso", "/o/acme/settings/sso/new/oidc", "/o/acme/settings/sso/new/saml"):
        tab.goto(address)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360, address
    assert [message.text for message in said if message.type in ("error", "warning")] == []


def arrive(tab: Page, provider: str) -> None:  # noqa: F811 - a fixture's name
    begin(tab, provider)
    tab.wait_for_url("**/o/acme/")


def begin(tab: Page, provider: str) -> None:  # noqa: F811
    tab.goto("/sign-in")
    tab.get_by_role("link", name="Sign in with single sign-on").click()
    tab.get_by_label("Work email").fill("nina@acme.example")
    tab.get_by_role("button", name="Continue").click()
    tab.get_by_role("button", name=provider, exact=True).click()
