"""What every page keeps: no inline code or style, a language, one heading, and the browser's fences."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import override_settings

from accounts.services.factors import factors_of, key_of
from tests.accounts.factors import SECOND, after_password, code_of, give_authenticator, give_password, verified
from tests.tokens.scene import TokenTestCase
from tests.web.scene import KEYS, NEW, PASSWORD, Page, browser, page

TEMPLATES = settings.BASE_DIR / "templates"
_TAG = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)


def sources() -> Iterator[tuple[Path, Page]]:
    for path in sorted(TEMPLATES.rglob("*.html")):
        yield path, Page(_TAG.sub("x", path.read_text()))


class TemplateTests(TokenTestCase):
    def test_no_template_has_inline_code_or_style(self) -> None:
        seen = 0
        for path, source in sources():
            with self.subTest(path.relative_to(TEMPLATES)):
                self.assertEqual(inline(source), [])
            seen += 1
        self.assertGreater(seen, 20)

    @override_settings(KEYVAULT_SIGNUP="open")
    def test_every_page_has_a_language_one_heading_and_its_fences(self) -> None:
        for address, response in self.every_page():
            with self.subTest(address):
                shown = page(response)
                self.assertEqual([len(shown.all("h1")), len(shown.all("title"))], [1, 1])
                self.assertTrue(shown.all("html")[0]["lang"].startswith("en"))
                self.assertEqual(inline(shown), [])
                self.assertFences(response)

    @override_settings(KEYVAULT_SIGNUP="open")
    def test_every_field_has_a_label(self) -> None:
        for address, response in self.every_page():
            with self.subTest(address):
                self.assertEqual(unlabelled(page(response)), [])

    def every_page(self) -> Iterator[tuple[str, Any]]:
        issued = self.personal(self.olivia)
        self.olivia.set_password(PASSWORD)
        self.olivia.save()
        anybody: tuple[str, ...] = (
            "/",
            "/sign-up",
            "/sign-in",
            "/sign-in/sso",
            "/password-reset",
            "/privacy",
            "/terms",
            "/feedback",
            "/nowhere",
        )
        anybody += ("/password-reset/sent", "/password-reset/done", "/confirm-email", "/account-closed")
        for address in anybody:
            yield address, browser().get(address)
        members: tuple[str, ...] = (
            "/account",
            "/account/confirm-password",
            "/account/factors",
            "/account/factors/passkeys",
            "/account/sign-ins",
            "/account/step-up",
            KEYS,
            f"{KEYS}?show=ended",
            f"{KEYS}/{issued.token.pk}/revocation",
            "/account/sessions",
            "/o/acme/settings",
            "/o/acme/settings/streams",
            "/o/acme/settings/danger",
            "/o/acme/settings/policy",
            "/o/acme/settings/sso",
            "/o/acme/settings/provisioning",
            "/o/acme/audit",
            "/o/acme/usage",
            "/o/acme/tokens/unused",
            "/o/acme/leaks",
            "/o/acme/billing",
            "/o/acme/billing/limit",
            "/o/acme/audit?q=nothing-of-the-kind",
            "/o/acme/audit/export",
            "/o/acme/alerts",
            "/o/acme/alerts/rules",
            "/o/acme/alerts/rules/odd-hours",
            "/o/acme/alerts/rules/tampering",
            "/o/acme/alerts/calendar",
            "/o/acme/alerts/channels",
            "/o/acme/alerts/channels/new/email",
            "/o/acme/alerts/channels/new/webhook",
            "/o/acme/members",
            "/o/acme/members/invite",
            "/o/acme/members/left",
            "/o/acme/access",
            "/o/acme/members/teams",
            "/o/acme/members/teams/new",
            "/o/acme/members/leave",
            "/sign-out",
            "/password",
        )
        members += tuple(f"{NEW}{kind}" for kind in ("", "/service", "/ci", "/team", "/members"))
        for address in members:
            yield address, browser(self.olivia).get(address)
        yield from self.pages_of_factors()
        created = {"name": "Olivia's phone", "verbs": ["list"], "days": "1"}
        yield "a token shown", browser(self.olivia).post(NEW, created)
        yield "a refusal", browser(self.vera).post(f"{KEYS}/services", {"service_name": "Deploy"})
        yield "a mistake", browser(self.olivia).post(NEW, {"name": ""})

    def pages_of_factors(self) -> Iterator[tuple[str, Any]]:
        client = browser(self.adam)
        begun = client.post("/account/factors/authenticators")["Location"]
        yield "an authenticator's key", client.get(begun)
        key = give_authenticator(give_password(self.vera))
        waiting = after_password(self.vera)
        yield "a second step", waiting.get(SECOND)
        waiting.post(SECOND, {"code": code_of(key)})
        device = f"/account/factors/{key_of(factors_of(self.vera)[0])}"
        for address in ("/account/factors", "/account/step-up", f"{device}/name", f"{device}/removal"):
            yield address, waiting.get(address)
        yield "recovery codes", waiting.post("/account/recovery-codes")
        yield "a key for production", waiting.get(f"{NEW}/production")
        owner = verified(give_password(self.olivia), give_authenticator(self.olivia))
        for address in ("/o/acme/settings/streams/new", "/o/acme/settings/danger/ownership"):
            yield address, owner.get(address)

    def assertFences(self, response: Any) -> None:
        policy = response["Content-Security-Policy"]
        for directive in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"):
            self.assertIn(directive, policy)
        self.assertNotRegex(policy, r"unsafe-|\*|https?:")
        self.assertEqual(response["X-Frame-Options"], "DENY")
        self.assertEqual(response["Referrer-Policy"], "same-origin")
        self.assertEqual(response["X-Content-Type-Options"], "nosniff")


def inline(shown: Page) -> list[str]:
    """Style attributes, handlers, style elements, scripts without an address, addresses that are code."""
    found = [tag for tag, attributes in shown.tags if tag == "style" or (tag == "script" and not attributes.get("src"))]
    for tag, attributes in shown.tags:
        found += [f"{tag} {name}" for name in attributes if name == "style" or name.startswith("on")]
        found += [f"{tag} code" for value in attributes.values() if value.strip().lower().startswith("javascript:")]
    return found


def unlabelled(shown: Page) -> list[str]:
    named = {label["for"] for label in shown.all("label") if "for" in label}
    fields = [each for tag in ("input", "select", "textarea") for each in shown.all(tag)]
    return [
        each["name"]
        for each in fields
        if each.get("type") not in ("hidden", "submit") and each.get("id") not in named and "aria-label" not in each
    ]
