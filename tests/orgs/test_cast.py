"""The cast that every other test stands on."""

from audit.services import Outcome, record
from keyvault.actor import Role
from keyvault.keyring import ring
from tests.cast import CastTestCase, CastTransactionTestCase


class CastTests(CastTestCase):
    def test_everybody_has_their_role(self) -> None:
        roles = [self.actor(user).role for user in (self.olivia, self.adam, self.dev, self.vera)]
        self.assertEqual(roles, [Role.OWNER, Role.ADMIN, Role.DEVELOPER, Role.VIEWER])

    def test_mallory_is_in_an_organization_of_her_own(self) -> None:
        self.assertEqual(self.actor(self.mallory).org_id, self.evil_corp.pk)
        self.assertNotEqual(self.evil_corp, self.acme)

    def test_only_production_is_protected(self) -> None:
        protected = [e.slug for e in self.shop.environments.all() if e.protected]
        self.assertEqual(protected, ["production"])

    def test_organizations_have_keys(self) -> None:
        self.assertIsNotNone(ring.fingerprint(self.acme.pk, b"a value long enough to be searched for"))

    def test_preparation_leaves_no_event(self) -> None:
        self.assertNoEvent()

    def test_events_are_told_apart_by_outcome_and_seen_once(self) -> None:
        adam = self.actor(self.adam)
        record("one:act", actor=adam, on=self.acme.target)
        record("other:act", actor=adam, on=self.acme.target, outcome=Outcome.DENIED, reason="role-forbids")
        self.assertEvents("one:act", "other:act:denied")
        self.assertNoEvent()
        record("third:act", actor=adam, on=self.acme.target)
        with self.assertRaises(AssertionError):
            self.assertEventsInclude("other:act:denied")


class CommittedCastTests(CastTransactionTestCase):
    def test_it_can_be_made_again(self) -> None:
        self.assertEqual(self.acme.slug, "acme")

    def test_and_again(self) -> None:
        self.assertNoEvent()
