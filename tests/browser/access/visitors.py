"""Who walks through the pages: a browser context each, signed in by the one road."""

import time
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Page

from accounts.totp import STEP, code_at
from tests.browser.access.scenery import KEY
from tests.browser.test_first_afternoon import PASSWORD

_AGAIN = 200  # seconds: a step-up holds for 300


@dataclass
class Visitor:
    """``email`` is empty for somebody who is not signed in, and ``factor`` false for who has none."""

    page: Page
    email: str = ""
    factor: bool = True
    _shown_at: float = field(default=0.0)

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    def sign_in(self) -> "Visitor":
        self.page.goto("/sign-in")
        self.page.locator("[name=login]").fill(self.email)
        self.page.locator("[name=password]").fill(PASSWORD)
        self.page.locator("[name=password]").press("Enter")
        if self.factor:
            self._show_code()
        self.page.wait_for_url(lambda url: "/sign-in" not in url)
        return self

    def keep_stepped_up(self) -> None:
        """Before a page that may ask for it."""
        if self.email and self.factor and time.monotonic() - self._shown_at > _AGAIN:
            self.page.goto("/account/step-up?next=/account")
            self._show_code()
            self.page.wait_for_url("**/account")

    def _show_code(self) -> None:
        self.page.locator("[name=code]").fill(code_at(KEY, int(time.time()) // STEP))
        self.page.locator("[name=code]").press("Enter")
        self._shown_at = time.monotonic()
