"""An invitation, an account made by its link, and the end of the membership: in a browser, also without scripts."""

import re
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Page

from tests.browser.test_first_afternoon import PASSWORD, said, sign_up, tab  # noqa: F401 - fixtures
from tests.browser.test_second_factors import code_of
from tests.ops.conftest import installation  # noqa: F401 - a fixture
from tests.ops.installation import Installation, wait_until

pytestmark = pytest.mark.slow


def test_somebody_is_invited_joins_and_is_offboarded(
    tab: Page,  # noqa: F811 - fixtures
    said: list[ConsoleMessage],  # noqa: F811
    installation: Installation,  # noqa: F811
) -> None:
    sign_up(tab)
    add_authenticator(tab)
    invite(tab, "ina@guest.example")
    guest = plain_tab(tab, installation)
    guest.goto(newest_link(installation))
    assert guest.url.endswith("/invitation")
    guest.get_by_label("Your name").fill("Ina")
    for field in ("password1", "password2"):
        guest.locator(f"[name={field}]").fill(PASSWORD)
    guest.get_by_role("button", name="Create an account and accept").click()
    guest.get_by_role("heading", name="Overview").wait_for()

    tab.goto("/o/acme/members")
    tab.get_by_role("link", name="Offboard Ina").click()
    tab.get_by_role("heading", name="Offboard Ina?").wait_for()
    tab.get_by_label("Reason").fill("moved on")
    tab.get_by_role("button", name="Offboard").click()
    tab.get_by_text("Ina is out.").wait_for()
    tab.get_by_role("link", name="Report on Ina").click()
    tab.get_by_text("The report is as it was signed.").wait_for()
    with tab.expect_download() as download:
        tab.get_by_role("link", name="Download").click()
    assert b"moved on" in Path(download.value.path()).read_bytes()
    answer = guest.goto("/o/acme/tokens")
    assert answer is not None
    assert answer.status == 401
    assert [message.text for message in said if message.type in ("error", "warning")] == []


def test_the_pages_fit_a_phone(tab: Page, installation: Installation) -> None:  # noqa: F811 - fixtures
    sign_up(tab)
    add_authenticator(tab)
    invite(tab, "a-rather-long-address-of-a-guest@guest.example")
    tab.set_viewport_size({"width": 360, "height": 740})
    for address in (
        "/o/acme/members",
        "/o/acme/members/invite",
        "/o/acme/members/left",
        "/o/acme/members/leave",
    ):
        tab.goto(address)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360, address


def add_authenticator(tab: Page) -> None:  # noqa: F811
    tab.goto("/account/factors")
    tab.get_by_role("button", name="Add an authenticator app").click()
    key = tab.locator("#key").inner_text().replace(" ", "")
    tab.get_by_label("Code", exact=True).fill(code_of(key))
    tab.get_by_label("Name").fill("Phone")
    tab.get_by_role("button", name="Add").click()
    tab.get_by_role("heading", name="Your recovery codes").wait_for()


def invite(tab: Page, email: str) -> None:  # noqa: F811
    tab.goto("/o/acme/members")
    tab.get_by_role("link", name="Invite somebody").click()
    tab.get_by_label("Email").fill(email)
    tab.get_by_label("Role").select_option("developer")
    tab.get_by_role("button", name="Send invitation").click()
    tab.get_by_text(f"{email} has an invitation by mail").wait_for()


def plain_tab(tab: Page, installation: Installation) -> Page:  # noqa: F811
    browser = tab.context.browser
    assert browser is not None
    base = f"http://127.0.0.1:{installation.port}"
    return browser.new_context(base_url=base, java_script_enabled=False).new_page()


def newest_link(installation: Installation) -> str:  # noqa: F811
    """From the mail as embedded servers keep it: a file."""
    folder = installation.var / "mail"
    wait_until(lambda: any(b"/invitations/" in mail.read_bytes() for mail in folder.glob("*.eml")))
    newest = max(mail for mail in folder.glob("*.eml") if b"/invitations/" in mail.read_bytes())
    body = message_from_bytes(newest.read_bytes(), policy=policy.default).get_content()
    found = re.search(r"http://\S+/invitations/\S+", body)
    assert found
    return found[0]
