"""Second factors in a real browser: an authenticator app by its picture's key, and passkeys of a virtual device."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import CDPSession, ConsoleMessage, Page

from accounts import totp
from tests.browser.test_first_afternoon import PASSWORD, said, sign_up, tab  # noqa: F401 - fixtures
from tests.ops.conftest import installation  # noqa: F401 - a fixture
from tests.ops.installation import Installation

pytestmark = pytest.mark.slow


@dataclass
class Device:
    """A virtual authenticator (WebAuthn §11) that says yes."""

    session: CDPSession
    id: str

    def verifies(self, yes: bool) -> None:
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": yes})


@pytest.fixture
def at_localhost(tab: Page, installation: Installation) -> Iterator[Page]:  # noqa: F811 - fixtures
    """Passkeys know no addresses: under its name the same server has them."""
    browser = tab.context.browser
    assert browser is not None
    context = browser.new_context(base_url=f"http://localhost:{installation.port}")
    yield context.new_page()
    context.close()


def test_an_authenticator_app_is_set_up_and_asked_for(tab: Page, said: list[ConsoleMessage]) -> None:  # noqa: F811
    sign_up(tab)
    tab.goto("/account/factors")
    tab.get_by_role("button", name="Add an authenticator app").click()
    assert tab.locator("svg.qr").bounding_box()["width"] > 150  # type: ignore[index]
    key = tab.locator("#key").inner_text().replace(" ", "")
    tab.get_by_label("Code", exact=True).fill(code_of(key))
    tab.get_by_label("Name").fill("Phone")
    tab.get_by_role("button", name="Add").click()
    tab.get_by_role("heading", name="Your recovery codes").wait_for()
    codes = tab.locator("#codes li").all_inner_texts()
    assert len(codes) == 10
    tab.get_by_role("link", name="I have stored them").click()
    assert tab.get_by_role("row", name="Phone").count() == 1

    tab.get_by_role("button", name="Sign out").click()
    sign_in(tab)
    tab.get_by_role("heading", name="One more step").wait_for()
    tab.get_by_label("Code", exact=True).fill("000000" if code_of(key) != "000000" else "111111")
    tab.get_by_role("button", name="Continue").click()
    tab.get_by_text("This code is wrong").wait_for()
    tab.get_by_label("Code", exact=True).fill(codes[0])
    tab.get_by_role("button", name="Continue").click()
    tab.get_by_role("heading", name="Overview").wait_for()
    tab.goto("/account/sign-ins")
    tab.get_by_text("Password + Recovery code").wait_for()
    assert [message.text for message in said if message.type in ("error", "warning")] == []


def test_a_passkey_is_made_and_signs_in_alone_and_beside_a_password(at_localhost: Page) -> None:
    page, heard = at_localhost, list[ConsoleMessage]()
    page.on("console", lambda message: heard.append(message))  # noqa: PLW0108  Playwright inspects it
    device = virtual_device(page)
    sign_up(page)
    page.goto("/account/factors/passkeys")
    page.get_by_label("Name").fill("Laptop")
    page.get_by_role("button", name="Create the passkey").click()
    page.get_by_role("heading", name="Your recovery codes").wait_for()
    page.goto("/account/factors")
    page.get_by_role("row", name="Laptop").wait_for()

    page.get_by_role("button", name="Sign out").click()
    page.goto("/sign-in?next=/account/sign-ins")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Sign-in history").wait_for()
    assert page.get_by_role("row").nth(1).get_by_text("Passkey").count() == 1

    page.get_by_role("button", name="Sign out").click()
    sign_in(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Overview").wait_for()
    assert [message.text for message in heard if message.type in ("error", "warning")] == []

    page.get_by_role("button", name="Sign out").click()
    device.verifies(False)
    page.goto("/sign-in")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("Nothing was done").wait_for()


def test_at_an_address_the_page_says_where_passkeys_work(tab: Page, installation: Installation) -> None:  # noqa: F811
    sign_up(tab)
    tab.goto("/account/factors/passkeys")
    tab.get_by_text(f"http://localhost:{installation.port}").wait_for()


def test_every_page_of_it_fits_a_phone(tab: Page) -> None:  # noqa: F811 - a fixture
    tab.set_viewport_size({"width": 360, "height": 740})
    sign_up(tab)
    tab.goto("/account/factors")
    tab.get_by_role("button", name="Add an authenticator app").click()
    for address in ("", "/account/factors", "/account/factors/passkeys", "/account/sign-ins", "/account/step-up"):
        if address:
            tab.goto(address)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360, address


def virtual_device(page: Page) -> Device:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return Device(session, made["authenticatorId"])


def sign_in(page: Page) -> None:
    page.goto("/sign-in")
    page.get_by_label("Email").fill("olivia@acme.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def code_of(key: str) -> str:
    return totp.code_at(key, int(time.time()) // totp.STEP)
