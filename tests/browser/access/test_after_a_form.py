"""Pages that only a form leads to: what is shown once, what is wrong, what is refused. They are read and used alike."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.access.addresses import addresses
from tests.browser.access.audit import Findings, audit, listening
from tests.browser.access.scenery import MEMBER, OWNER, VIEWER, Fill
from tests.browser.access.test_every_page import chromium, fill  # noqa: F401 - fixtures
from tests.browser.access.visitors import Visitor
from tests.browser.test_first_afternoon import PASSWORD
from tests.ops.conftest import installation  # noqa: F401 - a fixture
from tests.ops.installation import Installation

pytestmark = pytest.mark.slow


@dataclass
class Stage:
    """``paths`` are the first of each name."""

    paths: dict[str, str]
    findings: Findings = field(default_factory=Findings)

    def see(self, page: Page, where: str, go: Callable[[Page, dict[str, str]], None], text: str) -> None:
        """What stands there after ``go``, which must be ``text``."""
        with listening(page, where, self.findings):
            go(page, self.paths)
            page.get_by_text(text).first.wait_for()
        audit(page, where, self.findings)


@pytest.fixture
def stage(fill: Fill) -> Stage:  # noqa: F811 - a fixture
    return Stage({address.name: address.path for address in reversed(addresses(fill))})


@pytest.fixture
def newcomer(chromium: Browser, installation: Installation) -> Callable[..., Visitor]:  # noqa: F811 - fixtures
    def arrive(email: str = "", *, factor: bool = True) -> Visitor:
        context = chromium.new_context(base_url=f"http://127.0.0.1:{installation.port}")
        visitor = Visitor(context.new_page(), email, factor)
        return visitor.sign_in() if email else visitor

    return arrive


def test_of_somebody_on_the_way_in(stage: Stage, newcomer: Callable[..., Visitor]) -> None:
    page = newcomer().page
    stage.see(page, "wrong password", _wrong_password, "Email or password is wrong")
    stage.see(page, "empty sign-up", _empty("account_signup"), "This field is required")
    stage.see(page, "invitation", _open("invitation-link"), "Create an account and accept")
    stage.see(page, "new password", _open("account_reset_password_from_key"), "New password")
    stage.see(page, "several providers", _sign_on("ina@acme.example"), "Acme SAML")
    stage.see(page, "no provider", _sign_on("ina@elsewhere.example"), "with addresses of this domain")
    stage.see(page, "nowhere", lambda here, _: _go(here, "/nowhere"), "There is no such page")
    stage.see(page, "second step", _password_of(VIEWER), "One more step")
    stage.see(page, "wrong code", _code("000000"), "This code is wrong")
    assert not stage.findings.found, f"\n{stage.findings}"


def test_of_an_owner_at_work(stage: Stage, newcomer: Callable[..., Visitor]) -> None:
    owner, member = newcomer(OWNER), newcomer(MEMBER, factor=False)
    page = owner.page
    stage.see(page, "empty invitation", _empty("invite"), "This field is required")
    stage.see(page, "empty connection", _empty("new-oidc-connection"), "This field is required")
    stage.see(page, "an API key", _named("new-api-key"), "kvp_")
    stage.see(page, "offers to members", _offered, "offered")
    stage.see(page, "a SCIM token", _named("new-scim-token"), "kvscim_")
    stage.see(page, "recovery codes", _press("factors", "make-recovery-codes"), "Your recovery codes")
    stage.see(page, "networks", _networks, "is outside")
    stage.see(page, "a failed test", _press("sign-on-connection", "test-connection"), "The provider")
    stage.see(page, "ended sessions", _press("member", "end-members-sessions"), "of Dev Rao ended")
    stage.see(member.page, "the end of a session", _open("account"), "Your session has ended")
    assert not stage.findings.found, f"\n{stage.findings}"


def test_of_a_member_who_may_not(stage: Stage, newcomer: Callable[..., Visitor]) -> None:
    page = newcomer(MEMBER, factor=False).page
    stage.see(page, "refused", _open("invite"), "Rule:")
    stage.see(page, "no factor", _open("step-up"), "A second factor is needed")
    stage.see(page, "password again", _open("confirm-password"), "Your password again")
    assert not stage.findings.found, f"\n{stage.findings}"


def _go(page: Page, path: str) -> None:
    page.goto(path)


def _open(name: str) -> Callable[[Page, dict[str, str]], None]:
    return lambda page, paths: _go(page, paths[name])


def _empty(name: str) -> Callable[[Page, dict[str, str]], None]:
    """Sent without anything in it, past the browser's own question."""

    def go(page: Page, paths: dict[str, str]) -> None:
        page.goto(paths[name])
        page.evaluate("for (const form of document.forms) form.noValidate = true")
        page.locator("main form:not([data-passkey])").last.locator("button").last.click()

    return go


def _offered(page: Page, paths: dict[str, str]) -> None:
    _go(page, paths["new-offers"])
    page.get_by_label("Name", exact=True).fill("Shop, local")
    page.get_by_label("Reaches").select_option(index=1)
    page.get_by_role("button", name="Offer to members").click()
    page.get_by_role("heading", name="Left out").wait_for()


def _named(name: str) -> Callable[[Page, dict[str, str]], None]:
    def go(page: Page, paths: dict[str, str]) -> None:
        page.goto(paths[name])
        page.locator("main [name=name]").fill("Night train")
        page.locator("main form:has([name=name]) button").last.click()

    return go


def _press(name: str, act: str) -> Callable[[Page, dict[str, str]], None]:
    """The button of the form on that page whose target is ``act``."""

    def go(page: Page, paths: dict[str, str]) -> None:
        page.goto(paths[name])
        page.locator(f"form[action='{paths[act]}'] button").first.click()

    return go


def _wrong_password(page: Page, paths: dict[str, str]) -> None:
    _type_password(page, "nobody@acme.example", "a wrong one")


def _password_of(email: str) -> Callable[[Page, dict[str, str]], None]:
    return lambda page, _: _type_password(page, email, PASSWORD)


def _type_password(page: Page, email: str, password: str) -> None:
    page.goto("/sign-in")
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(password)
    page.locator("[name=password]").press("Enter")


def _code(code: str) -> Callable[[Page, dict[str, str]], None]:
    def go(page: Page, paths: dict[str, str]) -> None:
        page.locator("[name=code]").fill(code)
        page.locator("[name=code]").press("Enter")

    return go


def _sign_on(email: str) -> Callable[[Page, dict[str, str]], None]:
    def go(page: Page, paths: dict[str, str]) -> None:
        page.goto(paths["sso-start"])
        page.locator("[name=email]").fill(email)
        page.locator("[name=email]").press("Enter")

    return go


def _networks(page: Page, paths: dict[str, str]) -> None:
    page.goto(paths["edit-networks"])
    page.locator("main textarea").fill("203.0.113.0/24")
    page.locator("main form:has(textarea) button").first.click()
