"""The roots are lost: with a copy of the database and the recovery key everything is read again, without it nothing."""

from django.test import TransactionTestCase

from keyvault.errors import CannotOpen, Invalid
from keyvault.flows.keys.init import init_keys
from keyvault.flows.keys.recovery import recover
from keyvault.flows.keys.retire_root import retire_root
from keyvault.flows.keys.verify import verify
from keyvault.keyring import recovery, ring
from keyvault.keyring.models import DataKey, DataKeyWrap, RootKey, RootState
from keyvault.keyring.purposes import Purpose, Ring
from keyvault.keyring.roots import load_root
from tests.keyring.scene import ACTOR, events, given_root, holding, new_organization, new_root, place
from tests.keyring.test_init import EmptyRingTestCase


class RecoverTests(EmptyRingTestCase):
    def setUp(self) -> None:
        super().setUp()
        init_keys(actor=ACTOR, deliver=self.delivered.append)
        self.places = [place(new_organization(), purpose) for purpose in (Purpose.VALUE, Purpose.BROKER) for _ in "ab"]
        self.sealed = [(where, ring.seal_value(where, b"%d" % n)) for n, where in enumerate(self.places)]
        self.main, self.gateway = new_root(), new_root()
        self.written_down = recovery.parse(self.delivered[0].text())

    def test_every_value_is_read_again(self) -> None:
        with holding(self.main, gateway=[self.gateway]):
            self.assertEqual(recover(actor=ACTOR, key=self.written_down), DataKey.objects.count())
            self.assertEqual(ring.check(), [])
            self.assertTrue(verify().sound)
            self.assertEqual(ring.open_values(self.sealed), [b"0", b"1", b"2", b"3"])
        with holding(gateway=[self.gateway]):
            self.assertEqual(ring.check(), [])
            with self.assertRaises(CannotOpen):
                ring.open_value(*self.sealed[0])

    def test_use_of_the_recovery_key_is_recorded(self) -> None:
        recorded = len(events("keys:recover"))
        with holding(self.main, gateway=[self.gateway]):
            recover(actor=ACTOR, key=self.written_down)
        self.assertEqual(len(events("keys:recover")), recorded + 1)

    def test_new_roots_are_primaries_and_the_lost_ones_can_be_retired(self) -> None:
        with holding(self.main, gateway=[self.gateway]):
            recover(actor=ACTOR, key=self.written_down)
            retire_root(actor=ACTOR, fingerprint=load_root(given_root()).id.hex())
            self.assertEqual(ring.check(), [])
        primaries = RootKey.objects.filter(state=RootState.PRIMARY).exclude(ring=Ring.RECOVERY)
        self.assertEqual({bytes(root.id) for root in primaries}, {load_root(self.main).id, load_root(self.gateway).id})

    def test_again_changes_nothing_more(self) -> None:
        with holding(self.main, gateway=[self.gateway]):
            recover(actor=ACTOR, key=self.written_down)
            before = list(DataKeyWrap.objects.order_by("pk").values())
            recover(actor=ACTOR, key=self.written_down)
            self.assertEqual(list(DataKeyWrap.objects.order_by("pk").values()), before)

    def test_without_the_recovery_key_nothing_is_read(self) -> None:
        with holding(self.main, gateway=[self.gateway]):
            with self.assertRaisesRegex(Invalid, "not the recovery key of this database"):
                recover(actor=ACTOR, key=recovery.generate())
            for where, envelope in self.sealed:
                with self.assertRaises(CannotOpen):
                    ring.open_value(where, envelope)
        self.assertFalse(RootKey.objects.filter(pk=load_root(self.main).id).exists())

    def test_a_broken_recovery_wrap_stops_all(self) -> None:
        DataKeyWrap.objects.filter(root__ring=Ring.RECOVERY, datakey__purpose="broker").update(wrapped=bytes(92))
        with holding(self.main, gateway=[self.gateway]), self.assertRaises(CannotOpen):
            recover(actor=ACTOR, key=self.written_down)
        self.assertFalse(RootKey.objects.filter(pk=load_root(self.main).id).exists())


class RecoverWithoutLossTests(TransactionTestCase):
    def test_needs_a_root_to_wrap_under(self) -> None:
        with holding(), self.assertRaisesRegex(Invalid, "names no root key"):
            recover(actor=ACTOR, key=recovery.generate())
