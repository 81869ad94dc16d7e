"""Tokens: found by name, owner and prefix; unused and expiring ones; revoked with a cause, one or many."""

import datetime as dt

from django.utils import timezone

from accounts.models import User
from keyvault.actor import PlatformRole
from keyvault.errors import Invalid, NotAllowed
from keyvault.flows.operators import revoke_tokens
from tests.admin.scene import PEOPLE, TOKENS, by, desk, make_operator
from tests.tokens.scene import DAY, shown
from tests.web.usage import UsageTestCase
from tokens.models import AccessToken, TokenUse
from tokens.services import issue_token


class TokensTests(UsageTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.root = make_operator(PlatformRole.USER_ADMIN)
        self.desk = desk(self.root)
        self.laptop = self.personal(self.dev, "Dev's laptop", lifetime=20 * DAY)
        self.deploy = self.of_service("Deploy job of shop", lifetime=100 * DAY)
        self.frontend = self.of_team("Shop frontend")
        self.forget_events()

    def found(self, **asked: str) -> list[str]:
        answer = self.desk.get(TOKENS, asked)
        self.assertEqual(answer.status_code, 200)
        return [token.name for token in answer.context["cl"].result_list]

    def used(self, token: AccessToken, days_ago: int) -> None:
        moment = timezone.now() - dt.timedelta(days=days_ago)
        TokenUse.objects.create(token=token, org=token.org, last_at=moment, count=1)

    def test_search_is_by_name_owner_and_prefix(self) -> None:
        self.assertEqual(self.found(q="deploy job"), ["Deploy job of shop"])
        self.assertEqual(self.found(q="dev@acme"), ["Dev's laptop"])
        self.assertEqual(self.found(q=self.frontend.token.display[:12]), ["Shop frontend"])
        self.assertEqual(self.found(q=self.laptop.value or ""), [])

    def test_owner_kind_and_status_filter(self) -> None:
        self.assertEqual(self.found(owner="DEV@acme.example"), ["Dev's laptop"])
        self.assertEqual(self.found(owner="deploy"), ["Deploy job of shop"])
        self.assertEqual(self.found(kind="team"), ["Shop frontend"])
        AccessToken.objects.filter(pk=self.laptop.token.pk).update(state="paused")
        self.assertEqual(self.found(status="paused"), ["Dev's laptop"])
        self.assertEqual(set(self.found(status="active")), {"Deploy job of shop", "Shop frontend"})
        self.assertEqual(self.found(status="revoked"), [])

    def test_last_use_finds_the_forgotten_and_the_never_used(self) -> None:
        self.used(self.laptop.token, 45)
        self.used(self.deploy.token, 200)
        self.assertEqual(set(self.found(unused="30")), {"Dev's laptop", "Deploy job of shop"})
        for days in ("60", "90", "180"):
            self.assertEqual(self.found(unused=days), ["Deploy job of shop"])
        self.assertEqual(self.found(unused="never"), ["Shop frontend"])
        AccessToken.objects.filter(pk=self.frontend.token.pk).update(created_at=timezone.now() - dt.timedelta(days=100))
        self.assertEqual(set(self.found(unused="90")), {"Deploy job of shop", "Shop frontend"})

    def test_by_last_use_the_never_used_come_first_and_last_when_turned_round(self) -> None:
        self.used(self.laptop.token, 45)
        self.used(self.deploy.token, 2)
        column = str(self.desk.get(TOKENS).context["cl"].list_display.index("last_used"))
        oldest_first = ["Shop frontend", "Dev's laptop", "Deploy job of shop"]
        self.assertEqual(self.found(o=column), oldest_first)
        self.assertEqual(self.found(o=f"-{column}"), oldest_first[::-1])

    def test_expiry_finds_what_ends_soon(self) -> None:
        self.assertEqual(set(self.found(expires="30")), {"Dev's laptop", "Shop frontend"})
        self.assertEqual(len(self.found(expires="180")), 3)
        self.assertEqual(self.found(expires="later"), [])

    def test_a_detail_says_whose_for_what_and_when_used_and_never_the_token(self) -> None:
        answer = self.desk.get(f"{TOKENS}{self.deploy.token.pk}/")
        for text in ("Deploy job of shop", "deploy", "Acme", "list, read", "Never", "token:issue-service"):
            self.assertContains(answer, text)
        self.assertNotContains(answer, shown(self.deploy))
        self.assertNotContains(answer, bytes(self.deploy.token.digest).hex())
        (event,) = self.assertEvents("operator:tokens")
        self.assertEqual((event.org_id, event.target_token_id), (self.acme.pk, self.deploy.token.pk))

    def test_a_detail_says_what_it_and_its_person_used_at_the_gateway(self) -> None:
        self.assertContains(self.desk.get(f"{TOKENS}{self.laptop.token.pk}/"), "Nothing went through the gateway")
        self.passed(self.laptop.token, requests=1234, spend=2_500_000)
        for address in (f"{TOKENS}{self.laptop.token.pk}/", f"{PEOPLE}{self.dev.pk}/activity"):
            with self.subTest(address):
                answer = self.desk.get(address, follow=True)
                for text in ("Model usage, 30 days", "gpt-x", "1,234", "2.50"):
                    self.assertContains(answer, text)

    def test_no_column_can_be_guessed_through_the_address(self) -> None:
        for asked in ("digest", "digest__startswith", "mac", "sealed__envelope", "pepper_id", "org__slug", "name"):
            with self.subTest(asked):
                self.assertEqual(self.desk.get(TOKENS, {asked: "00"}).status_code, 400)

    def test_one_is_revoked_with_its_cause_in_the_operator_s_name(self) -> None:
        address = f"{TOKENS}{self.laptop.token.pk}/revocation"
        self.assertContains(self.desk.get(address), "no way back")
        self.assertEqual(self.now(self.laptop.token).state, "active")
        self.forget_events()
        self.assertRedirects(self.desk.post(address, {"cause": "laptop lost"}), f"{TOKENS}{self.laptop.token.pk}/")
        event = self.assertEventsInclude("token:revoke")[1]
        self.assertEqual(
            (event.org_id, event.actor_id, event.target_token_id, event.reason),
            (self.acme.pk, self.root.pk, self.laptop.token.pk, "laptop lost"),
        )
        self.assertEqual(self.refused(self.laptop).status, 401)
        self.assertEqual(self.now(self.laptop.token).revoked_by, self.root.email)

    def test_without_a_cause_nothing_is_revoked(self) -> None:
        for cause in ("", "  ", "x" * 201):
            answer = self.desk.post(f"{TOKENS}{self.laptop.token.pk}/revocation", {"cause": cause})
            self.assertEqual(answer.status_code, 422)
        self.assertEqual(self.now(self.laptop.token).state, "active")
        self.assertNoEvent("token:revoke")

    def test_many_are_revoked_after_one_page_that_asks(self) -> None:
        theirs = issue_token(
            actor=self.actor(self.mallory),
            kind=self.laptop.token.scope.kind,
            name="Mallory's phone",
            verbs=list(self.laptop.token.scope.verbs),
            lifetime=DAY,
        )
        chosen = [str(self.laptop.token.pk), str(theirs.token.pk)]
        asked = self.desk.post(TOKENS, {"action": "revoke", "_selected_action": chosen, "index": "0"})
        self.assertContains(asked, "Revoke 2 tokens?")
        self.assertNoEvent("token:revoke")
        self.forget_events()
        self.desk.post(TOKENS, {"action": "revoke", "_selected_action": chosen, "cause": "leak"})
        revoked = [event.org_id for event in self.events() if event.action == "token:revoke"]
        self.assertEqual(sorted(revoked), sorted([self.acme.pk, self.evil_corp.pk]))
        self.assertEqual([self.refused(issued).status for issued in (self.laptop, theirs)], [401, 401])
        self.assertEqual(self.now(self.deploy.token).state, "active")

    def test_what_a_token_issued_ends_with_it(self) -> None:
        AccessToken.objects.filter(pk=self.deploy.token.pk).update(parent=self.laptop.token)
        revoke_tokens(actor=by(self.root), tokens=[self.laptop.token], cause="leak")
        self.assertEqual(self.now(self.deploy.token).state, "revoked")

    def test_done_twice_the_first_cause_stands(self) -> None:
        for cause in ("first", "second"):
            revoke_tokens(actor=by(self.root), tokens=[self.laptop.token], cause=cause)
        self.assertEqual(self.now(self.laptop.token).revoked_cause, "first")
        self.assertEvents("token:revoke")

    def test_the_service_refuses_others_and_the_log_of_each_organization_says_so(self) -> None:
        auditor = make_operator(PlatformRole.AUDITOR, email="auditor@platform.example")
        self.forget_events()
        for actor in (by(auditor), by(self.olivia), self.actor(self.olivia)):
            with self.assertRaises(NotAllowed):
                revoke_tokens(actor=actor, tokens=[self.laptop.token], cause="because")
            (event,) = self.assertEvents("token:revoke:denied")
            self.assertEqual(event.org_id, self.acme.pk)
        with self.assertRaises(Invalid):
            revoke_tokens(actor=by(self.root), tokens=[self.laptop.token], cause=" ")

    def test_the_roles_of_now_count(self) -> None:
        stale = by(self.root)
        User.objects.filter(pk=self.root.pk).update(is_staff=False)
        with self.assertRaises(NotAllowed):
            revoke_tokens(actor=stale, tokens=[self.laptop.token], cause="because")
        self.assertEqual(self.now(self.laptop.token).state, "active")
