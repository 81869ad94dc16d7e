"""An organization's keys are destroyed: its values are gone everywhere at once, those of others and the log are not."""

from django.db import IntegrityError

from audit.models import Event
from keyvault.errors import CannotOpen, Invalid, NotFound, Unavailable
from keyvault.flows.keys.shred_org import shred_org
from keyvault.flows.keys.verify import verify
from keyvault.keyring import ring
from keyvault.keyring.models import DataKey, DataKeyState, DataKeyWrap
from keyvault.secrets.models import SecretVersion
from keyvault.secrets.sealing import context_of
from keyvault.secrets.services.storing import rotate_secret
from keyvault.secrets.values import Value
from tests.keyring.scene import ACTOR, given_gateway_root, given_root, manage, new_root, place
from tests.ring import ring_outlives_flush
from tests.secrets.scene import OTHER, KeysTransactionTestCase


class ShredOrgTests(KeysTransactionTestCase):
    def setUp(self) -> None:
        self.enterContext(ring_outlives_flush())
        super().setUp()
        self.secret = self.stored()
        self.row = SecretVersion.objects.get(secret=self.secret)
        self.context = place(self.evil_corp.pk)
        self.foreign = ring.seal_value(self.context, b"somebody else's")
        self.forget_events()

    def test_no_value_opens_any_more_and_others_do(self) -> None:
        self.assertEqual(shred_org(actor=ACTOR, org=self.acme, typed="acme"), 1)
        with self.assertRaises(NotFound):
            self.read(self.secret)
        self.assertFalse(DataKeyWrap.objects.filter(datakey__org_id=self.acme.pk).exists())
        self.assertEqual(ring.open_value(self.context, self.foreign), b"somebody else's")
        self.assertTrue(verify().sound)

    def test_an_envelope_of_a_backup_is_shut_too(self) -> None:
        shred_org(actor=ACTOR, org=self.acme, typed="acme")
        with self.assertRaises(CannotOpen):
            ring.open_value(context_of(self.secret, 1), bytes(self.row.envelope or b""))

    def test_names_versions_and_events_stay_to_be_read(self) -> None:
        shred_org(actor=ACTOR, org=self.acme, typed="acme")
        kept = SecretVersion.objects.get(secret=self.secret)
        self.assertEqual((kept.version, kept.envelope, kept.fingerprint), (1, None, None))
        self.assertTrue(Event.objects.filter(org_id=self.acme.pk, action="secret:create").exists())
        self.assertEvents("keys:shred-org", "keys:erase")

    def test_nothing_is_stored_any_more_not_even_by_who_knows_the_old_key(self) -> None:
        ring.seal_value(place(self.acme.pk), b"this process knows the active key now")
        known = dict(ring._active)
        shred_org(actor=ACTOR, org=self.acme, typed="acme")
        with self.assertRaises(Unavailable):
            rotate_secret(actor=self.owner(), secret=self.secret, value=Value.text(OTHER))
        ring._active.update(known)
        with self.assertRaises((IntegrityError, Unavailable)):
            rotate_secret(actor=self.owner(), secret=self.secret, value=Value.text(OTHER))

    def test_only_who_types_the_name_means_it(self) -> None:
        for typed in ("", "Acme", "acme ", "evil-corp"):
            with self.assertRaises(Invalid):
                shred_org(actor=ACTOR, org=self.acme, typed=typed)
        self.assertEqual(self.read(self.secret), b"sk_test_4eC39HqLyjWDarjtT1zdp7dc")
        self.assertNoEvent("keys:shred-org")

    def test_again_goes_on_where_a_killed_run_stopped(self) -> None:
        envelope = self.row.envelope
        shred_org(actor=ACTOR, org=self.acme, typed="acme")
        self.assertEqual(shred_org(actor=ACTOR, org=self.acme, typed="acme"), 0)
        self.assertEvents("keys:shred-org", "keys:erase")
        self.assertIsNotNone(envelope)

    def test_by_command(self) -> None:
        roots = {"main": [given_root()], "gateway": [given_gateway_root()]}
        self.assertEqual(manage("keys", "shred-org", "acme", **roots).returncode, 2)
        self.assertEqual(manage("keys", "shred-org", "acme", "--confirm", "no", **roots).returncode, 1)
        self.assertEqual(DataKey.objects.filter(org_id=self.acme.pk, state=DataKeyState.ACTIVE).count(), 3)
        done = manage("keys", "shred-org", "acme", "--confirm", "acme", **roots)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertFalse(DataKey.objects.filter(org_id=self.acme.pk).exclude(state=DataKeyState.SHREDDED).exists())

    def test_a_look_at_the_keys_is_an_event(self) -> None:
        roots = {"main": [given_root()], "gateway": [given_gateway_root()]}
        manage("keys", "status", **roots)
        manage("keys", "verify", **roots)
        self.assertEvents("keys:status", "keys:verify")
        strange = manage("keys", "verify", main=[new_root()])  # opens no log, and there is still an answer
        self.assertEqual((strange.returncode, "keys are shut" in strange.stdout), (1, True))
        self.assertNoEvent()
