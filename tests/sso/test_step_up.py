"""Step-up at the provider: a fresh sign-in there, for whoever came by it and has no factor here."""

import base64
import datetime as dt
import time
import zlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import User
from keyvault.actor import Role
from keyvault.flows.session_actor import CHOSEN
from orgs.models import Connection, Membership
from orgs.services.members import add_member
from orgs.sign_on.configurations import GitHubConfiguration
from tests.accounts.factors import FACTORS, STEP_UP, give_authenticator, give_password, later
from tests.sso.scene import NINA, SsoTestCase
from tests.sso.test_saml import SIGNER, SamlTestCase
from tests.web.scene import PASSWORD, browser, page

AT_PROVIDER = f"{STEP_UP}/provider"
ANN = {**NINA, "sub": "ann-1", "email": "ann@acme.example", "groups": ["leads"]}


class StepUpTestCase(SsoTestCase):
    """Ann administers by her claims; offboarding is what she has to step up for."""

    def setUp(self) -> None:
        super().setUp()
        self.map("leads", "admin")
        self.client = browser()
        self.sign_in(ANN, self.client)
        self.ann = User.objects.get(email=ANN["email"])
        self.guarded = f"/o/acme/members/{self.membership(self.dev).pk}/offboarding"
        self.forget_events()

    def leave(self, following: str = "") -> str:
        """The address at the provider."""
        return self.link_to_provider(self.client.post(AT_PROVIDER, {"next": following or self.guarded}))

    def come_back(self, url: str, person: dict[str, Any], client: Client | None = None) -> Any:
        query = self.provider.authorize(url, person)
        return (client or self.client).get(f"/sso/{self.connection.key}/callback", query)

    def now(self, seconds: int = 0) -> dict[str, Any]:
        return {**ANN, "auth_time": int(time.time()) + seconds}

    def assertSteppedUp(self) -> None:
        self.assertEqual(self.client.get(self.guarded).status_code, 200)

    def assertNotSteppedUp(self, client: Client | None = None) -> None:
        answer = (client or self.client).get(self.guarded)
        self.assertTrue(answer["Location"].startswith(STEP_UP), answer)

    def assertRefused(self, answer: Any, rule: str) -> None:
        self.assertContains(answer, f"<code>{rule}</code>", status_code=403)
        self.assertContains(answer, f'href="{STEP_UP}?next=%2Fo%2Facme%2Fmembers%2F', status_code=403)
        self.assertNotSteppedUp()


class OpenIdStepUpTests(StepUpTestCase):
    def test_the_page_leads_to_the_provider_and_back_to_the_act(self) -> None:
        self.assertNotSteppedUp()
        shown = self.client.get(self.client.get(self.guarded)["Location"])
        self.assertContains(shown, "Sign in again at Acme ID")
        self.assertContains(shown, "in Acme only")
        (field,) = [each for each in page(shown).all("input") if each.get("name") == "next"]
        before = self.client.session.session_key
        answer = self.come_back(self.leave(field["value"]), self.now())
        self.assertRedirects(answer, self.guarded, fetch_redirect_response=False)
        self.assertSteppedUp()
        self.assertNotEqual(self.client.session.session_key, before)
        event, _ = self.assertEvents("person:step-up", "offboarding:preview")
        self.assertEqual((event.org_id, event.actor_id), (self.acme.pk, self.ann.pk))

    def test_the_act_itself_is_done(self) -> None:
        self.come_back(self.leave(), self.now())
        self.client.post(self.guarded, {"when": "now", "reason": "moved on"})
        self.assertFalse(Membership.objects.active().filter(user=self.dev).exists())

    def test_it_holds_for_five_minutes_from_the_sign_in_at_the_provider(self) -> None:
        self.come_back(self.leave(), self.now(-20))
        with later(270):
            self.assertSteppedUp()
        with later(281):
            self.assertNotSteppedUp()

    def test_the_provider_is_asked_for_credentials_whatever_session_there_is(self) -> None:
        query = parse_qs(urlsplit(self.leave()).query)
        self.assertEqual((query["prompt"], query["max_age"]), (["login"], ["0"]))

    def test_an_open_session_at_the_provider_is_not_enough(self) -> None:
        """One that ignores what it is asked, and answers from a session of an hour, or of just before."""
        for seconds in (-3600, -299, -40):
            with self.subTest(seconds):
                self.assertRefused(self.come_back(self.leave(), self.now(seconds)), "sign-in-not-fresh")
        self.assertEqual([event.reason for event in self.events()], ["sign-in-not-fresh"] * 3)

    def test_a_moment_in_the_future_is_none(self) -> None:
        self.assertRefused(self.come_back(self.leave(), self.now(60)), "sign-in-not-fresh")

    def test_a_slow_way_back_is_none(self) -> None:
        url, person = self.leave(), self.now()
        with later(301):
            self.assertRefused(self.come_back(url, person), "sign-in-not-fresh")

    def test_without_a_dated_sign_in_there_is_none(self) -> None:
        for said in (None, "now", True, "1700000000"):
            with self.subTest(said):
                person = ANN if said is None else {**ANN, "auth_time": said}
                self.assertRefused(self.come_back(self.leave(), person), "sign-in-not-dated")

    def test_only_the_id_token_dates_it(self) -> None:
        self.provider.userinfo_lies = {"auth_time": int(time.time())}
        self.assertRefused(self.come_back(self.leave(), ANN), "sign-in-not-dated")

    def test_somebody_else_at_the_provider_is_refused_and_becomes_nobody_here(self) -> None:
        self.sign_in(NINA)
        self.forget_events()
        for other in (NINA, {**NINA, "sub": "new-1", "email": "new@acme.example"}):
            answer = self.come_back(self.leave(), {**other, "auth_time": int(time.time())})
            self.assertRefused(answer, "other-person")
        self.assertFalse(User.objects.filter(email="new@acme.example").exists())
        self.assertEqual(self.client.session["_auth_user_id"], str(self.ann.pk))
        self.assertEvents("person:step-up:denied", "person:step-up:denied")

    def test_an_answer_counts_once_and_in_the_session_that_asked(self) -> None:
        url, thief = self.leave(), browser()
        self.sign_in(ANN, thief)
        self.assertEqual(self.come_back(url, self.now(), thief).status_code, 401)
        self.assertNotSteppedUp(thief)
        self.come_back(url, self.now())
        self.assertSteppedUp()
        self.assertEqual(self.come_back(url, self.now()).status_code, 401)

    def test_an_ordinary_sign_in_is_none(self) -> None:
        client = browser()
        self.sign_in(self.now(), client)
        self.assertNotSteppedUp(client)

    def test_a_test_of_the_connection_is_none(self) -> None:
        url = self.link_to_provider(self.client.post(f"/o/acme/settings/sso/{self.connection.pk}/test"))
        self.come_back(url, self.now())
        self.assertNotSteppedUp()

    def test_what_the_provider_says_of_rights_counts_here_too(self) -> None:
        self.come_back(self.leave(), {**self.now(), "groups": []})
        self.assertEqual(self.membership(self.ann).role, "viewer")

    def test_it_is_by_post_and_leads_nowhere_else(self) -> None:
        self.assertEqual(self.client.get(AT_PROVIDER).status_code, 405)
        self.assertTrue(browser().post(AT_PROVIDER)["Location"].startswith("/sign-in?next="))
        for elsewhere in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:x"):
            answer = self.come_back(self.leave(elsewhere), self.now())
            self.assertRedirects(answer, "/", fetch_redirect_response=False)

    def test_a_forged_form_begins_nothing(self) -> None:
        strict = Client(enforce_csrf_checks=True, REMOTE_ADDR="10.1.2.3")
        strict.cookies = self.client.cookies
        self.assertEqual(strict.post(AT_PROVIDER).status_code, 403)

    def test_what_was_posted_to_the_act_is_kept_nowhere(self) -> None:
        self.client.post(self.guarded, {"reason": "sk_live_plaintext"})
        self.leave()
        self.assertNotIn("sk_live_plaintext", str([row.get_decoded() for row in Session.objects.all()]))

    def test_whoever_says_no_at_the_provider_is_told_so(self) -> None:
        state = parse_qs(urlsplit(self.leave()).query)["state"][0]
        answer = self.client.get(f"/sso/{self.connection.key}/callback", {"error": "access_denied", "state": state})
        self.assertRefused(answer, "provider-refused")
        self.assertEqual(self.client.get("/account").status_code, 200)

    def test_a_connection_that_is_off_steps_nobody_up(self) -> None:
        url = self.leave()
        Connection.objects.update(enabled=False)
        self.assertRefused(self.come_back(url, self.now()), "no-step-up-begun")
        self.assertContains(self.client.get(STEP_UP), "Add a second factor")
        self.assertEqual(self.client.post(AT_PROVIDER).status_code, 403)


class ReachTests(StepUpTestCase):
    """How far it counts."""

    def test_whoever_has_a_factor_here_shows_that_one(self) -> None:
        self.come_back(self.leave(), self.now())
        give_authenticator(self.ann)
        self.assertNotSteppedUp()
        self.assertNotContains(self.client.get(STEP_UP), "Acme ID")
        self.assertContains(self.client.post(AT_PROVIDER), "own-factor-needed", status_code=403)

    def test_it_counts_in_no_other_organization(self) -> None:
        add_member(actor=self.actor(self.mallory), org=self.evil_corp, person=self.ann, role=Role.ADMIN)
        self.forget_events()
        self.come_back(self.leave(), self.now())
        session = self.client.session
        session[CHOSEN] = str(self.evil_corp.pk)
        session.save()
        theirs = f"/o/evil-corp/members/{self.membership(self.mallory).pk}/offboarding"
        self.assertContains(self.client.get(theirs), "single-sign-on-required", status_code=403)
        stepped_up = [event.org_id for event in self.events() if event.action == "person:step-up"]
        self.assertEqual(stepped_up, [self.acme.pk])

    def test_a_session_by_password_is_not_stepped_up_by_a_provider(self) -> None:
        give_password(self.ann)
        client = browser()
        client.post("/sign-in", {"login": self.ann.email, "password": PASSWORD})
        self.assertEqual(client.session["_auth_user_id"], str(self.ann.pk))
        self.assertNotContains(client.get(STEP_UP), "Acme ID")
        self.assertEqual(client.post(AT_PROVIDER).status_code, 403)

    def test_it_proves_who_adds_a_first_factor(self) -> None:
        add = f"{FACTORS}/passkeys"
        with later(600):
            self.assertTrue(self.client.get(add)["Location"].startswith("/account/confirm-password"))
            self.assertContains(self.client.get("/account/confirm-password"), "Sign in once more at Acme ID")
            self.come_back(self.leave(add), self.now())
            self.assertEqual(self.client.get(add).status_code, 200)

    def test_but_not_for_an_account_that_opens_other_organizations(self) -> None:
        add_member(actor=self.actor(self.mallory), org=self.evil_corp, person=self.ann, role=Role.VIEWER)
        with later(600):
            self.come_back(self.leave(), self.now())
            self.assertSteppedUp()
            self.assertEqual(self.client.get(f"{FACTORS}/passkeys").status_code, 302)

    def test_it_opens_no_admin(self) -> None:
        self.come_back(self.leave(), self.now())
        self.assertNotEqual(self.client.get("/admin/", follow=True).status_code, 200)

    def test_github_cannot_and_the_page_says_so(self) -> None:
        github = self.connect(self.acme, self.olivia, GitHubConfiguration("acme", "client", "secret"))
        session = self.client.session
        session["account_authentication_methods"] = [{"method": "socialaccount", "provider": github.key}]
        session.save()
        shown = self.client.get(STEP_UP)
        self.assertContains(shown, "GitHub has no way to ask for your sign-in anew")
        self.assertContains(shown, "Add a second factor")
        self.assertEqual(self.client.post(AT_PROVIDER).status_code, 403)


class SamlStepUpTests(SamlTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.map("staff", "admin")
        self.client = browser()
        self.post(self.client, self.signed(self.begun(self.client)))
        self.guarded = f"/o/acme/members/{self.membership(self.dev).pk}/offboarding"

    def leave(self) -> str:
        return self.link_to_provider(self.client.post(AT_PROVIDER, {"next": self.guarded}))

    def answer(self, *, seconds: int = 0, **facts: Any) -> Any:
        said = self.right_answer(self.leave())
        moment = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)
        said.signed_in = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
        for name, value in facts.items():
            setattr(said, name, value)
        return self.post(self.client, self.signed(said, SIGNER))

    def assertNotSteppedUp(self) -> None:
        self.assertEqual(self.client.get(self.guarded).status_code, 302)

    def test_the_provider_is_asked_anew_and_its_word_steps_up(self) -> None:
        self.assertNotSteppedUp()
        self.assertIn('ForceAuthn="true"', request_in(self.leave()))
        self.assertNotIn("ForceAuthn", request_in(self.begin(browser())))
        self.assertRedirects(self.answer(), self.guarded, fetch_redirect_response=False)
        self.assertEqual(self.client.get(self.guarded).status_code, 200)

    def test_an_open_session_at_the_provider_is_not_enough(self) -> None:
        for seconds in (-3600, -60, 60):
            with self.subTest(seconds):
                self.assertContains(self.answer(seconds=seconds), "sign-in-not-fresh", status_code=403)
        self.assertNotSteppedUp()

    def test_somebody_else_is_refused(self) -> None:
        answer = self.answer(uid="ned-1", email="ned@acme.example")
        self.assertContains(answer, "other-person", status_code=403)
        self.assertEqual(SocialAccount.objects.count(), 1)
        self.assertNotSteppedUp()

    def test_a_response_that_does_not_hold_steps_nobody_up(self) -> None:
        self.assertContains(self.answer(audience="https://elsewhere.example"), "provider-refused", status_code=403)
        self.assertNotSteppedUp()


def request_in(url: str) -> str:
    request = parse_qs(urlsplit(url).query)["SAMLRequest"][0]
    return zlib.decompress(base64.b64decode(request), -15).decode()
