"""A person's first minutes in a real browser: an organization, a token, a copy of it, and no second look."""

import os
import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import ConsoleMessage, Page, sync_playwright

from tests.ops.conftest import installation  # noqa: F401 - a fixture
from tests.ops.installation import Installation

pytestmark = pytest.mark.slow

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()
PASSWORD = "correct horse battery staple"


@pytest.fixture
def said() -> list[ConsoleMessage]:
    return []


@pytest.fixture
def tab(installation: Installation, said: list[ConsoleMessage]) -> Iterator[Page]:  # noqa: F811 - a fixture
    """A tab at a server of its own, which keeps what its console says."""
    if shutil.which(CHROMIUM) is None:
        pytest.fail(f"There is no browser at {CHROMIUM}: install chromium, or name one in CHROMIUM.")
    installation.up()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(base_url=f"http://127.0.0.1:{installation.port}")
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.on("console", lambda message: said.append(message))  # noqa: PLW0108  Playwright inspects it
        yield page
        browser.close()


def test_from_the_front_door_to_a_token_that_is_shown_once(tab: Page, said: list[ConsoleMessage]) -> None:
    sign_up(tab)
    value = create_token(tab)
    assert re.match(r"kvp_", value)
    tab.get_by_role("button", name="Copy token").click()
    tab.get_by_text("Copied.").wait_for()
    assert tab.evaluate("navigator.clipboard.readText()") == value

    tab.get_by_role("link", name="Done").click()
    tab.reload()
    assert "Olivia's laptop" in tab.content()
    assert value not in tab.content()
    assert [message.text for message in said if message.type in ("error", "warning")] == []


def test_the_keyboard_is_enough_and_every_page_fits_a_phone(tab: Page) -> None:
    tab.set_viewport_size({"width": 360, "height": 740})
    sign_up(tab, press=True)
    for address in ("/", "/account", "/o/acme/tokens", "/o/acme/tokens/new", "/password"):
        tab.goto(address)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360, address


def test_without_scripts_it_all_works(tab: Page, installation: Installation) -> None:  # noqa: F811 - a fixture
    browser = tab.context.browser
    assert browser is not None
    base = f"http://127.0.0.1:{installation.port}"
    plain = browser.new_context(base_url=base, java_script_enabled=False).new_page()
    sign_up(plain)
    assert re.match(r"kvp_", create_token(plain))
    assert plain.get_by_role("button", name="Copy").count() == 0
    plain.get_by_role("link", name="Done").click()
    plain.get_by_role("link", name="Revoke Olivia's laptop").click()
    plain.get_by_label("Cause").fill("laptop lost")
    plain.get_by_role("button", name="Revoke token").click()
    plain.get_by_text("Olivia's laptop is revoked.").wait_for()
    plain.get_by_role("link", name="Revoked and expired").click()
    assert plain.get_by_role("row", name="Olivia's laptop").count() == 1
    plain.get_by_role("button", name="Sign out").click()
    plain.get_by_text("Store each key once").wait_for()


def sign_up(tab: Page, *, press: bool = False) -> None:
    tab.goto("/")
    tab.get_by_role("link", name="Create an organisation").click()
    tab.get_by_label("Organisation").fill("Acme")
    tab.get_by_label("Your name").fill("Olivia")
    tab.get_by_label("Email").fill("olivia@acme.example")
    for field in ("password1", "password2"):
        tab.locator(f"[name={field}]").fill(PASSWORD)
    if press:
        tab.keyboard.press("Enter")
    else:
        tab.get_by_role("button", name="Create").click()
    tab.get_by_role("heading", name="Overview").wait_for()


def create_token(tab: Page) -> str:
    tab.get_by_role("link", name="Access tokens").first.click()
    tab.get_by_role("main").get_by_role("link", name="Create token").first.click()
    tab.locator("#id_name").fill("Olivia's laptop")
    tab.get_by_role("button", name="Create token").click()
    return tab.locator("#token").inner_text()
