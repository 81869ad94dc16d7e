"""Every page that the server draws can be read and used by everybody: found by the URL configuration, seen by axe."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.access.addresses import Address, addresses, unfilled
from tests.browser.access.audit import Findings, audit, listening
from tests.browser.access.scenery import OPERATOR, OWNER, Fill, build
from tests.browser.access.visitors import Visitor
from tests.browser.test_first_afternoon import CHROMIUM, FLAGS
from tests.ops.conftest import installation  # noqa: F401 - a fixture
from tests.ops.installation import Installation

pytestmark = pytest.mark.slow

ELSEWHERE = {
    "admin": "to the admin's first page",
    "admin:app_list": "to the admin's first page",
    "admin:login": "to the one sign-in",
    "admin:logout": "to the one page for signing out",
    "add-authenticator": "to the page with its picture",
    "confirm-password": "for who has no factor: see the pages behind forms",
    "invitation-link": "to the invitation, without the code in the address",
    "account_reset_password_from_key": "to itself, without the key in the address: see the pages behind forms",
    "second-step": "for who is on the way in: see the pages behind forms",
    "sso-callback": "for who comes back from a provider; to others it shows that they do not",
}
"""Addresses whose pages nobody sees who only opens them."""

ONLY_FOR = {"account_confirm_email": ("", OWNER)}
"""Whom an address is for; it signs everybody else out."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    whole: bool

    @property
    def is_page(self) -> bool:
        """And no part of one, as scripts ask for them."""
        return self.status < 300 and self.whole


@pytest.fixture
def fill(installation: Installation) -> Fill:  # noqa: F811 - a fixture
    installation.up()
    return build(installation)


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def test_every_page_of_the_url_configuration(fill: Fill, chromium: Browser, installation: Installation) -> None:  # noqa: F811
    base = f"http://127.0.0.1:{installation.port}"
    visitors = [
        Visitor(chromium.new_context(base_url=base).new_page()),
        Visitor(chromium.new_context(base_url=base).new_page(), OWNER).sign_in(),
        Visitor(chromium.new_context(base_url=base).new_page(), OPERATOR).sign_in(),
    ]
    walk, findings = addresses(fill), Findings()
    seen = {address: _visited(visitors, address, findings) for address in walk}
    for hole in unfilled(fill):
        findings.add("nothing in the scenery fills", hole)
    for address, answers in seen.items():
        if not _is_known(address, answers):
            findings.add(f"no page of the walk: {address.name}", f"{address.path} {[each.status for each in answers]}")
    assert not findings.found, f"\n{findings}"
    assert sum(any(answer.is_page for answer in answers) for answers in seen.values()) > 60


def _visited(visitors: list[Visitor], address: Address, findings: Findings) -> list[Answer]:
    """One page is one page, whoever sees it first; refusals are the same everywhere, and have a test of their own."""
    answers: list[Answer] = []
    for visitor in visitors:
        if address.name in ONLY_FOR and visitor.email not in ONLY_FOR[address.name]:
            continue
        answer = ask(visitor, address)
        if answer.is_page and not any(before.is_page for before in answers):
            look(visitor.page, address, f"{address.name} ({visitor.email or 'anybody'})", findings)
        answers.append(answer)
    return answers


def ask(visitor: Visitor, address: Address) -> Answer:
    """Before it is opened: an answer that is no page is nothing to look at."""
    visitor.keep_stepped_up()
    asked = visitor.context.request.get(address.path, max_redirects=0)
    return Answer(asked.status, asked.body().lstrip()[:14].lower() == b"<!doctype html")


def look(page: Page, address: Address, where: str, findings: Findings) -> None:
    with listening(page, where, findings):
        page.goto(address.path)
    if urlsplit(page.url).path != urlsplit(address.path).path:
        findings.add("leads on by itself", f"{where} to {page.url}")
    audit(page, where, findings)


def _is_known(address: Address, answers: list[Answer]) -> bool:
    """A page or a part of one, something for machines, an act by POST, or one that leads on and is known to."""
    return address.name in ELSEWHERE or any(answer.status < 300 or answer.status == 405 for answer in answers)
