"""The operators' admin in a real browser: the road in, a search as one types, a token revoked; without scripts too."""

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from tests.admin.scene import EVENTS, JOBS, ORGANIZATIONS, PEOPLE, TOKENS
from tests.browser.operator import enter, seed
from tests.browser.test_first_afternoon import said, tab  # noqa: F401 - fixtures
from tests.ops.conftest import installation  # noqa: F401 - a fixture
from tests.ops.installation import Installation

pytestmark = pytest.mark.slow

LISTS = ("/admin/", PEOPLE, TOKENS, ORGANIZATIONS, EVENTS, JOBS)


def test_an_operator_finds_a_person_as_they_type_and_revokes_a_token(
    tab: Page,  # noqa: F811 - a fixture
    said: list[ConsoleMessage],  # noqa: F811 - a fixture
    installation: Installation,  # noqa: F811 - a fixture
) -> None:
    seed(installation)
    enter(tab)
    tab.get_by_role("link", name="Users").first.click()
    tab.locator("#searchbar").press_sequentially("aik")
    expect(tab.locator("#result_list tbody tr")).to_have_count(1)
    expect(tab).to_have_url(f"{PEOPLE}?q=aik")
    tab.locator("#searchbar").fill("nobody")
    tab.get_by_text("no record of a person before the first sign-in").wait_for()
    tab.locator("#searchbar").fill("")
    tab.get_by_role("link", name="Aiko Tanaka").click()
    tab.get_by_role("link", name="Activity").click()
    tab.get_by_text("token:issue-personal").first.wait_for()

    tab.goto(TOKENS)
    tab.locator("#searchbar").fill("Jonas's laptop")
    expect(tab.locator("#result_list tbody tr")).to_have_count(2)
    for box in tab.locator("tr input.action-select").all():
        box.check()
    expect(tab.locator(".action-counter")).to_have_text("2 of 2 selected")
    tab.locator("select[name=action]").select_option("revoke")
    tab.get_by_role("button", name="Go").click()
    tab.get_by_label("Cause").fill("two laptops lost")
    tab.get_by_role("button", name="Revoke").click()
    tab.get_by_text("2 revoked.").wait_for()
    assert [message.text for message in said if message.type in ("error", "warning")] == []


def test_without_scripts_and_on_a_phone_it_all_works(
    tab: Page,  # noqa: F811 - a fixture
    installation: Installation,  # noqa: F811 - a fixture
) -> None:
    seed(installation)
    browser = tab.context.browser
    assert browser is not None
    base = f"http://127.0.0.1:{installation.port}"
    context = browser.new_context(base_url=base, java_script_enabled=False, viewport={"width": 390, "height": 800})
    plain = context.new_page()
    enter(plain)
    for address in LISTS:
        plain.goto(address)
        assert plain.evaluate("document.documentElement.scrollWidth") <= 390, address
    plain.goto(PEOPLE)
    plain.locator("#searchbar").fill("priya")
    plain.get_by_role("button", name="Search").click()
    plain.get_by_role("link", name="Priya Nair").click()
    plain.get_by_role("link", name="Close account").click()
    plain.get_by_role("button", name="Close account").click()
    plain.get_by_text("Inactive").wait_for()
    plain.get_by_role("button", name="Sign out").click()
    plain.goto(PEOPLE)
    plain.locator("[name=login]").wait_for()
