"""The sealer: every committed event is sealed once, whatever the order of commits and however often it is killed."""

from audit.entry import INSTANCE
from audit.models import Checkpoint, Leaf
from tests.audit.sealed import ACME, EVIL, SealedTestCase


class SealingTests(SealedTestCase):
    def test_each_organization_has_its_log_and_the_installation_states_their_heads(self) -> None:
        self.happen(3)
        self.happen(2, org=EVIL)
        self.happen(1, org=None)
        done = self.seal()
        self.assertEqual((done.sealed, list(done.refused)), (6 + self.before, []))
        self.assertEqual(self.count("SELECT count(*) FROM audit_leaf WHERE log_id = %s", ACME.id), 3)
        self.assertEqual(self.count("SELECT count(*) FROM audit_leaf WHERE log_id = %s", EVIL.id), 2)
        heads = Leaf.objects.filter(log_id=INSTANCE, statement__isnull=False)
        self.assertEqual(heads.count(), 2)
        self.assertEqual(Checkpoint.objects.count(), 3)

    def test_what_is_sealed_is_not_sealed_again(self) -> None:
        self.happen(3)
        self.seal()
        before = Checkpoint.objects.count()
        self.assertEqual(self.seal().sealed, 0)
        self.assertEqual(Checkpoint.objects.count(), before)
