"""Step-up: the second factor again, for five minutes; what was posted to the act is kept nowhere."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import path

from keyvault.flows.session_actor import actor_for
from keyvault.flows.step_up import STEPPED_UP_AT, require_step_up
from keyvault.urls import handler400, handler403, handler404, handler500
from keyvault.urls import urlpatterns as product
from tests.accounts.factors import (
    STEP_UP,
    after_password,
    code_of,
    give_authenticator,
    give_password,
    give_recovery_codes,
    later,
    verified,
    wrong_code,
)
from tests.cast import CastTestCase
from tests.web.scene import browser, quickly

__all__ = ["handler400", "handler403", "handler404", "handler500"]


@login_required
@require_step_up
def guarded(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"done, stepped up: {actor_for(request).stepped_up}")


urlpatterns = [*product, path("guarded", guarded)]


@quickly
@override_settings(ROOT_URLCONF=__name__, ACCOUNT_EMAIL_VERIFICATION="optional")
class StepUpTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.key = give_authenticator(give_password(self.dev))

    def test_a_sign_in_with_the_factor_is_one(self) -> None:
        self.assertContains(verified(self.dev, self.key).get("/guarded"), "stepped up: True")

    def test_after_five_minutes_it_takes_a_code_and_leads_back(self) -> None:
        client = verified(self.dev, self.key)
        self.forget_events()
        with later(240):
            self.assertEqual(client.get("/guarded").status_code, 200)
        with later(301):
            answer = client.get("/guarded?page=2")
            self.assertEqual(answer["Location"], f"{STEP_UP}?next=%2Fguarded%3Fpage%3D2")
            self.assertEqual(client.get(answer["Location"]).status_code, 200)
            form = {"code": code_of(self.key), "next": "/guarded?page=2"}
            self.assertEqual(client.post(STEP_UP, form)["Location"], "/guarded?page=2")
            self.assertEqual(client.get("/guarded?page=2").status_code, 200)
        (event,) = self.assertEvents("person:step-up")
        self.assertEqual((event.org_id, event.actor_id), (self.acme.pk, self.dev.pk))

    def test_a_session_without_the_factor_is_not_stepped_up_whatever_it_claims(self) -> None:
        client = browser(self.dev)
        session = client.session
        session[STEPPED_UP_AT] = 2**40
        session.save()
        self.assertEqual(client.get("/guarded")["Location"][: len(STEP_UP)], STEP_UP)

    def test_a_moment_in_the_future_is_none(self) -> None:
        client = verified(self.dev, self.key)
        session = client.session
        session[STEPPED_UP_AT] += 3600
        session.save()
        self.assertEqual(client.get("/guarded").status_code, 302)

    def test_an_unverified_session_is_verified_by_it(self) -> None:
        client = browser(self.dev)
        client.post(STEP_UP, {"code": code_of(self.key), "next": "/guarded"})
        self.assertContains(client.get("/guarded"), "stepped up: True")

    def test_the_session_has_a_new_key_afterwards(self) -> None:
        client = browser(self.dev)
        before = client.session.session_key
        client.post(STEP_UP, {"code": code_of(self.key)})
        self.assertNotEqual(client.session.session_key, before)
        self.assertEqual(browser_with(before).get("/account").status_code, 302)

    def test_what_was_posted_is_kept_nowhere_and_the_way_back_is_the_page_of_the_form(self) -> None:
        client = browser(self.dev)
        referer = "http://testserver/o/acme/tokens?show=ended"
        answer = client.post("/guarded", {"value": "sk_live_plaintext"}, headers={"referer": referer})
        self.assertEqual(answer["Location"], f"{STEP_UP}?next=%2Fo%2Facme%2Ftokens%3Fshow%3Dended")
        stored = str([row.get_decoded() for row in Session.objects.all()])
        self.assertNotIn("sk_live_plaintext", stored + answer["Location"])

    def test_htmx_is_told_where_to_go(self) -> None:
        client = browser(self.dev)
        headers = {"hx-request": "true", "hx-current-url": "http://testserver/o/acme/tokens"}
        answer = client.post("/guarded", {"value": "sk_live_plaintext"}, headers=headers)
        self.assertEqual(answer.status_code, 401)
        self.assertEqual(answer["HX-Redirect"], f"{STEP_UP}?next=%2Fo%2Facme%2Ftokens")

    def test_nobody_is_led_off_the_site(self) -> None:
        places = ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "http:evil")
        for number, elsewhere in enumerate(places):
            with self.subTest(elsewhere):
                client = browser(self.dev)
                answer = client.post("/guarded", headers={"referer": elsewhere})
                self.assertEqual(answer["Location"], f"{STEP_UP}?next=%2F")
                with later(60 * number):
                    form = {"code": code_of(self.key), "next": elsewhere}
                    self.assertEqual(client.post(STEP_UP, form)["Location"], "/")

    def test_a_code_that_was_used_is_no_step_up(self) -> None:
        code = code_of(self.key)
        client = after_password(self.dev)
        client.post("/sign-in/second-step", {"code": code})
        with later(301):
            self.assertEqual(client.post(STEP_UP, {"code": code}).status_code, 200)
            self.assertEqual(client.get("/guarded").status_code, 302)

    def test_five_wrong_codes_close_it_for_a_while_and_are_events_of_the_person(self) -> None:
        client = verified(self.dev, self.key)
        self.forget_events()
        wrong = {"code": wrong_code(self.key)}
        self.assertEqual([client.post(STEP_UP, wrong).status_code for _ in range(5)], [200] * 4 + [429])
        events = self.assertEvents(*["person:step-up:denied"] * 5)
        self.assertEqual({event.actor_id for event in events}, {self.dev.pk})
        self.assertEqual(client.post(STEP_UP, {"code": code_of(self.key, steps=1)}).status_code, 429)

    def test_a_recovery_code_is_one_too_once(self) -> None:
        (code, *_) = give_recovery_codes(self.dev)
        client = browser(self.dev)
        self.assertEqual(client.post(STEP_UP, {"code": code}).status_code, 302)
        self.assertEqual(browser(self.dev).post(STEP_UP, {"code": code}).status_code, 200)

    def test_who_has_no_factor_is_told_to_add_one_and_is_never_exempt(self) -> None:
        """People who come by single sign-on have no password either."""
        self.vera.set_unusable_password()
        self.vera.save()
        client = browser(self.vera)
        self.assertEqual(client.get("/guarded").status_code, 302)
        answer = client.get(STEP_UP)
        self.assertContains(answer, "Add a second factor")
        self.assertEqual(client.post(STEP_UP, {"code": "123456"}).status_code, 200)
        self.assertEqual(client.get("/guarded").status_code, 302)

    def test_it_belongs_to_signed_in_people(self) -> None:
        for address in (STEP_UP, "/guarded", "/account/factors", "/account/confirm-password"):
            self.assertTrue(browser().get(address)["Location"].startswith("/sign-in?next="))

    def test_an_actor_is_stepped_up_only_so_long(self) -> None:
        client = verified(self.dev, self.key)
        with later(301):
            request: Any = RequestFactory().get("/")
            request.session, request.user = client.session, self.dev
            request.origin = None
            self.assertFalse(getattr(request.user, "is_verified", bool)())
            self.assertEqual(client.get("/guarded").status_code, 302)


def browser_with(session_key: str | None) -> Any:
    client = browser()
    client.cookies["keyvault"] = session_key or ""
    return client
