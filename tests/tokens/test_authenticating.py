"""Authenticating: one statement, one verdict, and for each refusal its answer and its event."""

import logging
from dataclasses import replace
from unittest import mock

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from keyvault.actor import ActorType, Origin, Role, TokenKind, Verb
from keyvault.errors import NotAllowed, Unauthorized
from keyvault.keyring import ring
from keyvault.keyring.datakeys import make_data_keys
from keyvault.keyring.models import DataKey, DataKeyState
from keyvault.keyring.purposes import Purpose
from orgs.decide import decide
from orgs.permissions import Action
from tests.api.scene import own_cache
from tests.cast import ORIGIN
from tests.tokens.scene import DAY, HOUR, TokenTestCase, later, shown
from tokens import peppers
from tokens.format import mint
from tokens.models import AccessToken
from tokens.services import Issued, authenticate, pause_token, revoke_token

LONG_AGO = -1e9  # of a monotonic clock


class AdmittedTests(TokenTestCase):
    def test_it_takes_one_statement(self) -> None:
        issued = self.personal(self.dev)
        self.with_token(issued)
        with self.assertNumQueries(1):
            actor = self.with_token(issued)
        self.assertEqual((actor.name, actor.role, actor.org_id), ("dev@acme.example", Role.DEVELOPER, self.acme.pk))
        self.assertEqual((actor.membership_id, actor.stepped_up), (self.membership(self.dev).pk, False))
        self.assertEqual(actor.token, self.now(issued.token).scope)
        self.assertEqual(actor.origin, ORIGIN)

    def test_a_success_leaves_no_event_of_its_own(self) -> None:
        issued = self.personal(self.dev)
        self.forget_events()
        self.with_token(issued)
        self.assertNoEvent()

    def test_a_change_of_role_counts_from_the_next_request(self) -> None:
        issued = self.personal(self.dev)
        membership = self.membership(self.dev)
        membership.role = Role.VIEWER
        membership.save()
        self.assertEqual(self.with_token(issued).role, Role.VIEWER)

    def test_a_team_token_is_authentic_and_may_read_nothing(self) -> None:
        actor = self.with_token(self.of_team())
        self.assertEqual((actor.type, actor.id, actor.name), (ActorType.SERVICE, None, "Shop frontend"))
        for action in (Action.REVEAL_SECRET, Action.LIST_SECRETS, Action.VIEW_ORGANIZATION):
            decision = decide(action, actor=actor, target=self.development.target)
            self.assertEqual((decision.allowed, decision.rule), (False, "team-tokens-work-only-at-the-gateway"))


class UnknownTests(TokenTestCase):
    origin = Origin("198.51.100.0", "curl")

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(own_cache())

    def test_what_is_no_token_never_reaches_the_database(self) -> None:
        token = mint(TokenKind.PERSON)
        with CaptureQueriesContext(connection) as queries:
            for junk in (
                "",
                "x",
                "Bearer",
                token[:-1],
                token + "0",
                token.swapcase(),
                "\0",
                "é" * 44,
                "kvp_any_" + "0" * 36,
            ):
                with self.assertRaises(Unauthorized):
                    authenticate(junk, origin=self.origin)
        self.assertFalse([query for query in queries.captured_queries if "tokens_accesstoken" in query["sql"]])

    def test_a_token_that_nobody_issued_gets_the_general_answer(self) -> None:
        with self.assertRaises(Unauthorized) as refused:
            authenticate(mint(TokenKind.PERSON), origin=self.origin)
        self.assertEqual((refused.exception.rule, refused.exception.status), ("token-invalid", 401))
        (event,) = self.assertEvents("token:authenticate:denied")
        self.assertEqual((event.actor_type, event.token_id, event.reason), ("anonymous", None, "token-invalid"))
        self.assertEqual(event.address, "198.51.100.0")

    def test_thousands_are_folded_into_a_few_events(self) -> None:
        for number in range(1200):
            with self.assertRaises(Unauthorized):
                authenticate("junk", origin=Origin(f"198.51.{number % 256}.7"))
        self.assertLessEqual(len(self.events()), 24)  # at most two minutes' worth

    def test_neither_the_log_nor_the_answer_holds_what_was_presented(self) -> None:
        presented = [mint(TokenKind.SERVICE), mint(TokenKind.PERSON)[:-1], "hunter2-my-password"]
        with self.assertLogs("", logging.DEBUG) as logs:
            logging.getLogger("probe").debug("so that there is a line")
            for text in presented:
                with self.assertRaises(Unauthorized) as refused:
                    authenticate(text, origin=self.origin)
                self.assertNotIn(text[:12], repr(refused.exception) + str(refused.exception.extra))
        written = " ".join(logs.output) + " ".join(bytes(event.entry).decode() for event in self.events())
        for text in presented:
            self.assertNotIn(text[4:16], written)


class RefusedTests(TokenTestCase):
    def assertRefused(self, issued: Issued, rule: str, status: int = 401, origin: Origin = ORIGIN) -> None:
        self.forget_events()
        refusal = self.refused(issued, origin)
        self.assertEqual((refusal.rule, refusal.status), (rule, status))
        self.assertTrue(refusal.remedy)
        (event,) = self.assertEvents("token:authenticate:denied")
        self.assertEqual((event.reason, event.org_id), (rule, self.acme.pk))
        self.assertEqual((event.token_id, event.target_token_id), (issued.token.pk, issued.token.pk))
        self.assertEqual(event.document["on_token"]["name"], issued.token.name)

    def test_paused(self) -> None:
        issued = self.personal(self.dev)
        pause_token(actor=self.actor(self.dev), token=issued.token)
        self.assertRefused(issued, "token-paused")

    def test_revoked(self) -> None:
        issued = self.personal(self.dev)
        revoke_token(actor=self.actor(self.dev), token=issued.token, cause="done")
        self.assertRefused(issued, "token-revoked")

    def test_expired(self) -> None:
        issued = self.personal(self.dev, lifetime=HOUR)
        with later(HOUR):
            self.assertRefused(issued, "token-expired")

    def test_its_owner_is_gone(self) -> None:
        membership, issued = self.membership(self.dev), self.personal(self.dev)
        membership.ended_at = timezone.now()
        membership.save()
        self.assertRefused(issued, "token-owner-gone")
        membership.ended_at, membership.ends_on = None, timezone.now().date() - DAY
        membership.save()
        self.assertRefused(self._again(issued), "token-owner-gone")

    def test_its_owner_s_account_is_closed(self) -> None:
        issued = self.personal(self.dev)
        self.dev.is_active = False
        self.dev.save()
        self.assertRefused(issued, "token-owner-gone")

    def test_used_from_elsewhere(self) -> None:
        issued = self.personal(self.dev, networks=["203.0.113.0/24", "2001:db8::/32"])
        for address in ("203.0.113.7", "2001:db8:7::1", "::ffff:203.0.113.9"):
            self.assertIsNotNone(self.with_token(issued, replace(ORIGIN, address=address)))
        self.assertRefused(issued, "network", 403, replace(ORIGIN, address="198.51.100.9"))
        self.assertIsInstance(self.refused(issued, replace(ORIGIN, address="198.51.100.9")), NotAllowed)
        self.assertRefused(issued, "network", 403, replace(ORIGIN, address=None))
        self.assertRefused(issued, "network", 403, replace(ORIGIN, address="2001:db9::1"))

    def test_a_row_changed_in_the_database_gets_the_general_answer_and_an_error_event(self) -> None:
        issued = self.personal(self.dev, verbs=[Verb.LIST])
        AccessToken.objects.filter(pk=issued.token.pk).update(verbs=["list", "read", "manage"])
        self.forget_events()
        refusal = self.refused(issued)
        self.assertEqual((type(refusal), refusal.rule), (Unauthorized, "token-invalid"))
        (event,) = self.assertEvents("token:authenticate:error")
        self.assertEqual((event.reason, event.actor_type, event.token_id), ("tampered", "anonymous", None))
        self.assertEqual(event.target_token_id, issued.token.pk)

    def test_a_refused_token_in_a_loop_writes_few_events_and_a_second_place_still_shows(self) -> None:
        issued = self.personal(self.dev)
        revoke_token(actor=self.actor(self.dev), token=issued.token, cause="done")
        self.forget_events()
        for _ in range(150):
            self.refused(issued)
        self.refused(issued, Origin("198.51.100.9"))
        events = self.events()
        self.assertLessEqual(len(events), 8)  # 1st, 10th and 100th of a minute, if need be of two
        self.assertEqual(events[-1].address, "198.51.100.9")
        self.assertIn(10, [event.document["details"]["count"] for event in events])

    def _again(self, issued: Issued) -> Issued:
        """The events of one token, rule and place are folded: a fresh minute."""
        self.enterContext(own_cache())
        return issued


class PepperTests(TokenTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(ring.forget)
        self.addCleanup(setattr, peppers, "_read_at", LONG_AGO)

    def new_pepper(self) -> None:
        DataKey.objects.filter(purpose=Purpose.PEPPER).update(state=DataKeyState.DECRYPT_ONLY)
        make_data_keys([Purpose.PEPPER], None, {Purpose.PEPPER: 2})
        ring.forget()

    def test_tokens_of_an_older_pepper_work_on(self) -> None:
        old = self.personal(self.dev, "old")
        self.new_pepper()
        new = self.personal(self.dev, "new")
        self.assertNotEqual(self.now(old.token).pepper_id, self.now(new.token).pepper_id)
        peppers._read_at = LONG_AGO
        for issued in (old, new):
            self.assertIsNotNone(self.with_token(issued))

    def test_a_token_under_a_pepper_that_this_process_has_not_heard_of_is_found_within_seconds(self) -> None:
        self.with_token(self.personal(self.dev, "old"))
        self.new_pepper()
        new = self.personal(self.dev, "new")
        with mock.patch.object(peppers, "_SOONEST", 0.0):
            self.assertIsNotNone(self.with_token(new))

    def test_an_unknown_token_has_the_list_read_again_at_most_every_few_seconds(self) -> None:
        self.with_token(self.personal(self.dev))
        peppers._read_at -= 6
        counts = []
        for _ in range(3):
            with CaptureQueriesContext(connection) as queries:
                self.assertRaises(Unauthorized, authenticate, mint(TokenKind.PERSON), origin=ORIGIN)
            counts.append(sum("crypto_datakey" in query["sql"] for query in queries.captured_queries))
        self.assertEqual(counts, [1, 0, 0])

    def test_the_value_is_in_no_statement(self) -> None:
        issued = self.personal(self.dev)
        with CaptureQueriesContext(connection) as queries:
            self.with_token(issued)
        self.assertNotIn(shown(issued), str(queries.captured_queries))
