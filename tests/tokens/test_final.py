"""What the database refuses whoever asks: the way back, and rows that contradict themselves."""

from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from keyvault.ids import uuid7
from tests.tokens.scene import DAY, HOUR, TokenTestCase
from tokens.models import AccessToken
from tokens.services import Issued, revoke_token


class FinalTests(TokenTestCase):
    def assertDatabaseRefuses(self, issued: Issued, sentence: str, **changes: Any) -> None:
        with self.assertRaises(IntegrityError) as refused, transaction.atomic():
            AccessToken.objects.filter(pk=issued.token.pk).update(**changes)
        self.assertIn(sentence, str(refused.exception))

    def test_a_revoked_token_stays_revoked(self) -> None:
        issued = self.of_service()
        revoke_token(actor=self.actor(self.olivia), token=issued.token, cause="gone")
        sentence = "a revoked token is final"
        for state in ("active", "paused"):
            self.assertDatabaseRefuses(issued, sentence, state=state, revoked_at=None)
        self.assertDatabaseRefuses(issued, sentence, revoked_at=timezone.now() + DAY)

    def test_an_expired_token_stays_expired(self) -> None:
        issued = self.of_service()
        tokens = AccessToken.objects.filter(pk=issued.token.pk)
        tokens.update(state="paused", expires_at=timezone.now() - HOUR)
        sentence = "an expired token is final"
        self.assertDatabaseRefuses(issued, sentence, expires_at=timezone.now() + DAY)
        self.assertDatabaseRefuses(issued, sentence, state="active")
        tokens.update(state="revoked", revoked_at=timezone.now())

    def test_a_token_keeps_its_identity(self) -> None:
        issued = self.of_service()
        changes: list[dict[str, Any]] = [{"kind": "t"}, {"digest": b"x" * 32}, {"pepper_id": uuid7()}, {"id": uuid7()}]
        for change in changes:
            self.assertDatabaseRefuses(issued, "a token keeps its identity", **change)

    def test_a_live_token_may_be_paused_resumed_and_shortened(self) -> None:
        tokens = AccessToken.objects.filter(pk=self.of_service().token.pk)
        for change in ({"state": "paused"}, {"state": "active"}, {"expires_at": timezone.now() + HOUR}):
            self.assertEqual(tokens.update(**change), 1)


class ConstraintTests(TokenTestCase):
    def test_rows_do_not_contradict_themselves(self) -> None:
        token = self.of_service(environment=self.staging).token
        membership = self.membership(self.dev)
        contradictions: dict[str, dict[str, Any]] = {
            "a_token_has_one_owner": {"membership": membership},
            "a_token_for_an_environment_names_its_project": {"project": None},
            "a_revoked_token_says_when": {"state": "revoked"},
            "a_token_has_a_known_kind_and_state": {"state": "asleep"},
            "a_token_permits_known_verbs": {"verbs": ["fly"]},
        }
        for constraint, change in contradictions.items():
            with self.assertRaises(IntegrityError) as refused, transaction.atomic():
                AccessToken.objects.filter(pk=token.pk).update(**change)
            self.assertIn(constraint, str(refused.exception))

    def test_a_personal_token_is_a_member_s(self) -> None:
        token = self.personal(self.dev).token
        with self.assertRaises(IntegrityError), transaction.atomic():
            AccessToken.objects.filter(pk=token.pk).update(membership=None, service=self.identity())

    def test_no_token_points_into_another_organization(self) -> None:
        token = self.personal(self.dev).token
        for change in ({"membership": self.membership(self.mallory)}, {"org": self.evil_corp}):
            with self.assertRaises(IntegrityError), transaction.atomic():
                AccessToken.objects.filter(pk=token.pk).update(**change)
                self._check_now()

    def _check_now(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
