"""The policy and one's sessions in a real browser: changed, tried out, confirmed, ended; on a phone and by hand."""

import time

import pytest
from playwright.sync_api import ConsoleMessage, Page

from accounts import totp
from tests.browser.test_first_afternoon import PASSWORD, said, sign_up, tab  # noqa: F401 - fixtures
from tests.ops.conftest import installation  # noqa: F401 - a fixture
from tests.ops.installation import Installation

pytestmark = pytest.mark.slow

PAGES = (
    "/account",
    "/account/sessions",
    "/o/acme/settings/policy",
    "/o/acme/settings/policy/change",
    "/o/acme/settings/policy/networks",
)


def test_networks_are_previewed_tried_out_and_confirmed(tab: Page, said: list[ConsoleMessage]) -> None:  # noqa: F811
    enter_with_a_second_factor(tab)
    tab.get_by_role("link", name="Settings").click()
    tab.get_by_role("navigation", name="Settings").get_by_role("link", name="Policy").click()
    tab.get_by_role("link", name="Change policy").click()
    tab.get_by_label("Sign people out after").fill("60")
    tab.get_by_label("Require a second factor").check()
    tab.get_by_role("button", name="Save").click()
    tab.get_by_text("The policy is saved.").wait_for()
    assert tab.get_by_text("End after 60 minutes").count() == 1

    tab.get_by_role("link", name="Change networks").click()
    tab.get_by_label("Networks").fill("203.0.113.0/24")
    tab.get_by_role("button", name="Show what it would cut off").click()
    tab.get_by_text("is outside").wait_for()
    assert tab.get_by_role("heading", name="1 open session from outside").count() == 1

    tab.get_by_label("Networks").fill("203.0.113.0/24\n127.0.0.0/8")
    tab.get_by_role("button", name="Show what it would cut off").click()
    tab.get_by_text("is inside").wait_for()
    tab.get_by_role("button", name="Try it out").click()
    tab.get_by_text("New networks are being tried out").wait_for()
    tab.get_by_role("button", name="Confirm from 127.0.0.1").click()
    tab.get_by_text("The networks are kept.").wait_for()
    assert [message.text for message in said if message.type in ("error", "warning")] == []


def test_a_session_elsewhere_is_ended_and_told_why(tab: Page, installation: Installation) -> None:  # noqa: F811
    sign_up(tab)
    browser = tab.context.browser
    assert browser is not None
    base = f"http://127.0.0.1:{installation.port}"
    elsewhere = browser.new_context(base_url=base, java_script_enabled=False).new_page()
    sign_in(elsewhere)
    tab.get_by_role("link", name="Olivia").first.click()
    tab.get_by_role("link", name="Sessions").click()
    assert tab.get_by_role("row").count() == 3
    tab.get_by_role("button", name="End the session").click()
    tab.get_by_text("has ended.").wait_for()
    assert tab.get_by_text("This one").count() == 1

    elsewhere.goto("/account")
    elsewhere.get_by_role("heading", name="Your session has ended").wait_for()
    elsewhere.get_by_role("link", name="Sign in").click()
    sign_in(elsewhere, address=None)
    elsewhere.get_by_role("heading", name="Account").wait_for()


def test_every_page_of_it_fits_a_phone(tab: Page) -> None:  # noqa: F811 - a fixture
    tab.set_viewport_size({"width": 360, "height": 740})
    enter_with_a_second_factor(tab)
    for address in PAGES:
        tab.goto(address)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360, address


def enter_with_a_second_factor(page: Page) -> None:
    """Which has just been shown, so that the next minutes are stepped up."""
    sign_up(page)
    page.goto("/account/factors")
    page.get_by_role("button", name="Add an authenticator app").click()
    key = page.locator("#key").inner_text().replace(" ", "")
    page.get_by_label("Code", exact=True).fill(totp.code_at(key, int(time.time()) // totp.STEP))
    page.get_by_label("Name").fill("Phone")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("link", name="I have stored them").click()


def sign_in(page: Page, address: str | None = "/sign-in") -> None:
    if address:
        page.goto(address)
    page.get_by_label("Email").fill("olivia@acme.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("main").wait_for()
