"""Sealed values: an offer is opened by its holder alone and once, a team token is copied by members."""

from typing import Any
from unittest import TestCase
from unittest.mock import patch
from uuid import UUID

from keyvault.actor import TokenKind, Verb
from keyvault.errors import CannotOpen, Conflict, NotAllowed, NotFound, Unavailable
from keyvault.keyring.envelope import unseal
from tests.cast import ORIGIN
from tests.tokens.scene import DAY, HOUR, TokenTestCase, later, shown
from tokens.models import AccessToken, SealedToken
from tokens.sealing import TokenContext
from tokens.services import Issued, authenticate, copy_team_token, issue_token, open_offer, pause_token, revoke_token


class OfferTests(TokenTestCase):
    def offer(self, name: str = "Dev's importer") -> Issued:
        issued = issue_token(
            actor=self.actor(self.adam),
            kind=TokenKind.PERSON,
            name=name,
            verbs=[Verb.READ],
            lifetime=DAY,
            owner=self.membership(self.dev),
        )
        self.assertEvents("token:offer")
        return issued

    def test_the_issuer_never_sees_it_and_the_holder_opens_it_once(self) -> None:
        issued = self.offer()
        self.assertIsNone(issued.value)
        value = open_offer(actor=self.actor(self.dev), token=issued.token)
        self.assertEqual(authenticate(value, origin=ORIGIN).id, self.dev.pk)
        self.assertFalse(SealedToken.objects.exists())
        (event,) = self.assertEvents("token:open")
        self.assertEqual((event.actor_id, event.target_token_id), (self.dev.pk, issued.token.pk))
        with self.assertRaises(Conflict) as refused:
            open_offer(actor=self.actor(self.dev), token=issued.token)
        self.assertEqual(refused.exception.rule, "offer-opened")
        self.assertEvents("token:open:error")

    def test_nobody_else_opens_it(self) -> None:
        issued = self.offer()
        for user in (self.adam, self.olivia, self.vera):
            with self.assertRaises(NotAllowed) as refused:
                open_offer(actor=self.actor(user), token=issued.token)
            self.assertEqual(refused.exception.rule, "offer-for-its-holder")
            self.assertEvents("token:open:denied")
        with self.assertRaises(NotFound):
            open_offer(actor=self.actor(self.mallory), token=issued.token)
        self.assertTrue(SealedToken.objects.filter(token=issued.token).exists())

    def test_no_token_opens_one(self) -> None:
        issued = self.offer()
        mine = self.with_token(self.personal(self.dev, verbs=[Verb.READ, Verb.MANAGE]))
        self.forget_events()
        with self.assertRaises(NotAllowed) as refused:
            open_offer(actor=mine, token=issued.token)
        self.assertEqual(refused.exception.rule, "never-by-token")
        self.assertEvents("token:open:denied")

    def test_developers_offer_none(self) -> None:
        with self.assertRaises(NotAllowed):
            issue_token(
                actor=self.actor(self.dev),
                kind=TokenKind.PERSON,
                name="For Vera",
                verbs=[Verb.READ],
                lifetime=DAY,
                owner=self.membership(self.vera),
            )
        self.assertEvents("token:offer:denied")
        self.assertFalse(AccessToken.objects.exists())

    def test_revoked_or_expired_it_opens_no_more(self) -> None:
        issued = self.offer()
        with later(DAY), self.assertRaises(Conflict) as refused:
            open_offer(actor=self.actor(self.dev), token=issued.token)
        self.assertEqual(refused.exception.rule, "token-expired")
        revoke_token(actor=self.actor(self.adam), token=issued.token, cause="not needed")
        self.assertFalse(SealedToken.objects.exists())
        with self.assertRaises(Conflict):
            open_offer(actor=self.actor(self.dev), token=issued.token)

    def test_without_its_event_there_is_no_value_and_the_offer_stands(self) -> None:
        issued = self.offer()
        with patch("audit.services._INSERT", "INSERT INTO nowhere (id) VALUES "), self.assertRaises(Unavailable):
            open_offer(actor=self.actor(self.dev), token=issued.token)
        self.assertTrue(SealedToken.objects.filter(token=issued.token).exists())

    def test_an_envelope_moved_to_another_token_does_not_open(self) -> None:
        first, second = self.offer(), self.offer("Dev's exporter")
        sealed = {one.token.pk: SealedToken.objects.get(token=one.token) for one in (first, second)}
        SealedToken.objects.filter(token=first.token).update(envelope=sealed[second.token.pk].envelope)
        with self.assertRaises(CannotOpen):
            open_offer(actor=self.actor(self.dev), token=first.token)

    def test_who_holds_the_database_cannot_redirect_one(self) -> None:
        issued, adams = self.offer(), self.membership(self.adam)
        AccessToken.objects.filter(pk=issued.token.pk).update(membership=adams)
        SealedToken.objects.filter(token=issued.token).update(offered_to=adams)
        with self.assertRaises(CannotOpen):
            open_offer(actor=self.actor(self.adam), token=issued.token)


class TeamTokenTests(TokenTestCase):
    def test_developers_copy_it_as_often_as_they_like(self) -> None:
        issued = self.of_team()
        self.forget_events()
        for user in (self.dev, self.dev, self.adam, self.olivia):
            self.assertEqual(copy_team_token(actor=self.actor(user), token=issued.token), shown(issued))
            (event,) = self.assertEvents("token:copy")
            self.assertEqual((event.actor_id, event.target_token_id), (user.pk, issued.token.pk))

    def test_viewers_and_outsiders_do_not(self) -> None:
        issued = self.of_team()
        self.forget_events()
        with self.assertRaises(NotAllowed):
            copy_team_token(actor=self.actor(self.vera), token=issued.token)
        self.assertEvents("token:copy:denied")
        with self.assertRaises(NotFound):
            copy_team_token(actor=self.actor(self.mallory), token=issued.token)

    def test_other_kinds_cannot_be_copied_not_even_as_an_offer(self) -> None:
        offer = issue_token(
            actor=self.actor(self.adam),
            kind=TokenKind.PERSON,
            name="Dev's importer",
            verbs=[Verb.READ],
            lifetime=DAY,
            owner=self.membership(self.dev),
        )
        for token in (offer.token, self.of_service().token, self.personal(self.dev).token):
            with self.assertRaises(Conflict) as refused:
                copy_team_token(actor=self.actor(self.olivia), token=token)
            self.assertEqual(refused.exception.rule, "not-a-team-token")

    def test_revoked_it_is_sealed_nowhere_and_paused_it_still_is(self) -> None:
        issued = self.of_team()
        pause_token(actor=self.actor(self.adam), token=issued.token)
        self.assertEqual(copy_team_token(actor=self.actor(self.dev), token=issued.token), shown(issued))
        revoke_token(actor=self.actor(self.adam), token=issued.token, cause="leaked")
        with self.assertRaises(Conflict):
            copy_team_token(actor=self.actor(self.dev), token=issued.token)
        self.assertFalse(SealedToken.objects.exists())

    def test_a_token_of_the_environment_that_manages_copies_it(self) -> None:
        issued = self.of_team()
        scope: dict[str, Any] = {"environment": self.development, "lifetime": HOUR}
        managing = self.personal(self.dev, "Dev's terminal", verbs=[Verb.MANAGE], **scope)
        self.assertEqual(copy_team_token(actor=self.with_token(managing), token=issued.token), shown(issued))
        reading = self.personal(self.dev, "Dev's reader", verbs=[Verb.READ], **scope)
        with self.assertRaises(NotAllowed):
            copy_team_token(actor=self.with_token(reading), token=issued.token)


class EnvelopeTests(TestCase):
    CONTEXT = TokenContext(org=UUID(int=1), token=UUID(int=2), offered_to=UUID(int=3))

    def test_the_fields_of_version_1_stay(self) -> None:
        self.assertEqual(
            self.CONTEXT.fields().hex(),
            "00000011" "6b65797661756c742f76312f746f6b656e"
            "00000005" "76616c7565"
            "00000010" "00000000000000000000000000000001"
            "00000010" "00000000000000000000000000000002"
            "00000010" "00000000000000000000000000000003",
        )  # fmt: skip
        self.assertEqual(TokenContext(UUID(int=1), UUID(int=2)).fields()[-4:].hex(), "00000000")

    def test_an_envelope_of_version_1_opens_for_ever(self) -> None:
        envelope = bytes.fromhex(GOLDEN_ENVELOPE)
        self.assertEqual(unseal(b"k" * 32, self.CONTEXT, envelope), b"kvs_prd_7Hq2LmZ0aB3dE5fG7hJ9kL1mN3pQ5r3sdxzK")
        with self.assertRaises(CannotOpen):
            unseal(b"k" * 32, TokenContext(UUID(int=1), UUID(int=2)), envelope)


GOLDEN_ENVELOPE = (
    "4b5601020199000000007000800000000000000ae6fc203aa4006040c7a5494802e115fd9ea44dadcb35167097eb657a"
    "8d6dadf3f945195915ca9b41fbd11c330f5e600e82aad31072abc936da07601708078e1940447302ccec56b501470a7f"
    "299184fc441e1d6f312f6714d2f12b76"
)
