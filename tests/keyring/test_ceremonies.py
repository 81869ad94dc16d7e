"""The ceremonies one by one: what they do, what they record and what they refuse."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.test import TransactionTestCase

from keyvault.errors import Conflict, Invalid, NotFound
from keyvault.flows.keys.add_root import add_root
from keyvault.flows.keys.promote import promote
from keyvault.flows.keys.retire_root import retire_root
from keyvault.flows.keys.rewrap import rewrap
from keyvault.flows.keys.status import status
from keyvault.flows.keys.verify import verify
from keyvault.keyring import ring, turns
from keyvault.keyring.datakeys import keys_without
from keyvault.keyring.models import DataKey, DataKeyState, DataKeyWrap, RootKey, RootState
from keyvault.keyring.purposes import INSTANCE_PURPOSES, Ring
from keyvault.keyring.readiness import RingNotReady
from keyvault.keyring.roots import RootRefused, load_root
from tests.keyring.scene import (
    ACTOR,
    events,
    given_gateway_root,
    given_root,
    holding,
    new_organization,
    new_root,
    place,
)
from tests.keyring.test_roots import SALT


class TwoRootsTestCase(TransactionTestCase):
    """The process holds the first root and a new one that the database does not know yet."""

    def setUp(self) -> None:
        self.old, self.new = given_root(), new_root()
        self.new_id = load_root(self.new).id
        self.fingerprint = self.new_id.hex()
        self.old_fingerprint = load_root(self.old).id.hex()
        context = ExitStack()
        context.enter_context(holding(self.old, self.new))
        self.addCleanup(context.close)
        self.place = place(new_organization())
        self.envelope = ring.seal_value(self.place, b"value")
        self.recorded = {
            action: len(events(f"keys:{action}")) for action in ("add-root", "rewrap", "promote", "retire-root")
        }

    def assertRecorded(self, **counts: int) -> None:
        """New events since the test began; an action that is not named has none."""
        for action, before in self.recorded.items():
            self.assertEqual(len(events(f"keys:{action}")) - before, counts.get(action.replace("-", "_"), 0), action)

    def root(self) -> RootKey:
        return RootKey.objects.get(pk=self.new_id)

    def rotate(self, *steps: Any) -> None:
        for step in steps:
            if step in (add_root, rewrap):
                step(actor=ACTOR)
            else:
                step(actor=ACTOR, fingerprint=self.fingerprint)


class AddRootTests(TwoRootsTestCase):
    def test_new_root_of_the_settings_is_registered_to_decrypt_only(self) -> None:
        self.assertEqual([bytes(root.id) for root in add_root(actor=ACTOR)], [self.new_id])
        self.assertEqual((self.root().state, self.root().ring), (RootState.DECRYPT_ONLY, Ring.MAIN))
        self.assertEqual(keys_without(self.root()).count(), DataKey.objects.count())
        self.assertRecorded(add_root=1)

    def test_again_adds_and_records_nothing(self) -> None:
        self.rotate(add_root)
        self.assertEqual(add_root(actor=ACTOR), [])
        self.assertRecorded(add_root=1)

    def test_spec_picks_one_of_several(self) -> None:
        third = new_root()
        with holding(self.old, self.new, third):
            added = add_root(actor=ACTOR, spec=third)
        self.assertEqual([bytes(root.id) for root in added], [load_root(third).id])

    def test_spec_that_is_not_deployed_is_refused(self) -> None:
        with self.assertRaisesRegex(Invalid, "Deploy root key"):
            add_root(actor=ACTOR, spec=new_root())
        self.assertRecorded()

    def test_weak_passphrase_is_refused(self) -> None:
        path = Path(new_root().removeprefix("raw:file:"))
        path.write_text("too short")
        with holding(self.old, f"pbkdf2-sha256:600000:{SALT}:file:{path}"), self.assertRaisesRegex(Invalid, "shorter"):
            add_root(actor=ACTOR)
        self.assertRecorded()

    def test_process_that_holds_no_root_of_the_database_adds_none(self) -> None:
        with holding(self.new), self.assertRaises(RingNotReady):
            add_root(actor=ACTOR)
        self.assertRecorded()

    def test_gateway_gets_a_second_root_of_its_own(self) -> None:
        gateway = new_root()
        with holding(self.old, gateway=[given_gateway_root(), gateway]):
            (added,) = add_root(actor=ACTOR)
            self.assertEqual(added.ring, Ring.GATEWAY)
            rewrap(actor=ACTOR)
            purposes = set(added.wraps.values_list("datakey__purpose", flat=True))
        self.assertEqual(purposes, {"broker", "pepper", "journal"})

    def test_same_root_in_both_rings_is_refused(self) -> None:
        with holding(self.old, self.new, gateway=[self.new]), self.assertRaisesRegex(RootRefused, "in both rings"):
            add_root(actor=ACTOR)

    def test_new_organizations_are_wrapped_under_it_at_once(self) -> None:
        self.rotate(add_root)
        org = new_organization()
        self.assertEqual(DataKeyWrap.objects.filter(datakey__org_id=org, root=self.root()).count(), 3)


class RewrapTests(TwoRootsTestCase):
    def test_every_data_key_gets_its_wrap_and_no_envelope_changes(self) -> None:
        self.rotate(add_root)
        missing = keys_without(self.root()).count()
        done = rewrap(actor=ACTOR)
        self.assertEqual((done.made, done.shut), (missing, set()))
        with holding(self.new):
            self.assertEqual(ring.open_value(self.place, self.envelope), b"value")
            self.assertTrue(verify().sound)
        self.assertRecorded(add_root=1, rewrap=1)

    def test_batches_are_recorded_one_by_one(self) -> None:
        self.rotate(add_root)
        done = rewrap(actor=ACTOR, batch=2)
        self.assertEqual(done.made, len(INSTANCE_PURPOSES) + 3)
        self.assertRecorded(add_root=1, rewrap=4)

    def test_again_makes_and_records_nothing(self) -> None:
        self.rotate(add_root, rewrap)
        self.assertEqual(rewrap(actor=ACTOR).made, 0)
        self.assertRecorded(add_root=1, rewrap=1)

    def test_existing_wraps_are_never_replaced(self) -> None:
        before = dict(DataKeyWrap.objects.values_list("pk", "wrapped"))
        self.rotate(add_root, rewrap)
        after = dict(DataKeyWrap.objects.values_list("pk", "wrapped"))
        self.assertEqual({pk: bytes(after[pk]) for pk in before}, {pk: bytes(wrap) for pk, wrap in before.items()})

    def test_lost_recovery_wraps_come_back(self) -> None:
        DataKeyWrap.objects.filter(root__ring=Ring.RECOVERY, datakey__org_id=self.place.org).delete()
        self.assertRegex(" ".join(ring.notices()), "3 data keys have no wrap under")
        self.assertEqual(rewrap(actor=ACTOR).made, 3)

    def test_keys_that_the_process_cannot_open_are_said_and_the_rest_is_done(self) -> None:
        self.rotate(add_root)
        broken = DataKey.objects.get(org_id=self.place.org, purpose="value")
        DataKeyWrap.objects.filter(datakey=broken).exclude(root__ring=Ring.RECOVERY).update(wrapped=bytes(72))
        done = rewrap(actor=ACTOR, batch=1)
        self.assertEqual(done.shut, {broken.id})
        self.assertEqual(list(keys_without(self.root())), [broken])

    def test_shredded_keys_are_left_alone(self) -> None:
        DataKey.objects.filter(org_id=self.place.org).update(
            state=DataKeyState.SHREDDED, shredded_at="2026-01-01T00:00Z"
        )
        self.rotate(add_root, rewrap)
        self.assertEqual(self.root().wraps.count(), len(INSTANCE_PURPOSES))


class PromoteTests(TwoRootsTestCase):
    def test_new_root_becomes_the_only_primary(self) -> None:
        self.rotate(add_root, rewrap, promote)
        primaries = RootKey.objects.filter(ring=Ring.MAIN, state=RootState.PRIMARY)
        self.assertEqual([bytes(root.id) for root in primaries], [self.new_id])
        self.assertRecorded(add_root=1, rewrap=1, promote=1)

    def test_again_records_nothing(self) -> None:
        self.rotate(add_root, rewrap, promote, promote)
        self.assertRecorded(add_root=1, rewrap=1, promote=1)

    def test_refused_before_rewrap(self) -> None:
        self.rotate(add_root)
        with self.assertRaisesRegex(Conflict, "7 data keys do not open under root key"):
            promote(actor=ACTOR, fingerprint=self.fingerprint)
        self.assertEqual(self.root().state, RootState.DECRYPT_ONLY)
        self.assertRecorded(add_root=1)

    def test_refused_when_a_wrap_does_not_open(self) -> None:
        self.rotate(add_root, rewrap)
        self.root().wraps.filter(datakey__purpose="value").update(wrapped=bytes(72))
        with self.assertRaisesRegex(Conflict, "1 data keys do not open"):
            promote(actor=ACTOR, fingerprint=self.fingerprint)

    def test_refused_by_a_process_that_does_not_hold_it(self) -> None:
        self.rotate(add_root, rewrap)
        with holding(self.old), self.assertRaisesRegex(Conflict, "does not hold"):
            promote(actor=ACTOR, fingerprint=self.fingerprint)

    def test_recovery_and_unknown_roots_are_refused(self) -> None:
        recovery = bytes(RootKey.objects.get(ring=Ring.RECOVERY).id).hex()
        for fingerprint, refusal in ((recovery, Invalid), ("0" * 16, NotFound), (recovery[:7], Invalid), ("", Invalid)):
            with self.assertRaises(refusal):
                promote(actor=ACTOR, fingerprint=fingerprint)
        self.assertRecorded()

    def test_short_fingerprint_as_people_read_it_is_enough(self) -> None:
        self.rotate(add_root, rewrap)
        self.assertEqual(promote(actor=ACTOR, fingerprint=f"{self.fingerprint[:8].upper()}…"), self.root())


class RetireRootTests(TwoRootsTestCase):
    def retire(self) -> None:
        retire_root(actor=ACTOR, fingerprint=self.old_fingerprint)

    def test_retired_root_opens_nothing(self) -> None:
        self.rotate(add_root, rewrap, promote)
        with holding(self.new):
            self.retire()
        self.assertRecorded(add_root=1, rewrap=1, promote=1, retire_root=1)
        self.assertFalse(DataKeyWrap.objects.filter(root_id=bytes.fromhex(self.old_fingerprint)).exists())
        with holding(self.old):
            self.assertRegex(ring.check()[0], "is not one of those used by this database")
        with holding(self.new):
            self.assertEqual(ring.open_value(self.place, self.envelope), b"value")

    def test_again_records_nothing(self) -> None:
        self.rotate(add_root, rewrap, promote)
        self.retire()
        self.retire()
        self.assertRecorded(add_root=1, rewrap=1, promote=1, retire_root=1)

    def test_primary_is_refused(self) -> None:
        self.rotate(add_root, rewrap)
        with self.assertRaisesRegex(Conflict, "promote another one first"):
            self.retire()
        self.assertRecorded(add_root=1, rewrap=1)

    def test_refused_while_one_key_has_only_that_wrap(self) -> None:
        self.rotate(add_root, rewrap, promote)
        with holding(self.old):
            new_organization()
        with self.assertRaisesRegex(Conflict, "3 data keys would lose their last wrap in the main ring"):
            self.retire()
        self.assertRecorded(add_root=1, rewrap=1, promote=1)
        rewrap(actor=ACTOR)
        self.retire()

    def test_wrap_that_does_not_open_counts_for_nothing(self) -> None:
        self.rotate(add_root, rewrap, promote)
        self.root().wraps.filter(datakey__purpose="value").update(wrapped=bytes(72))
        with self.assertRaisesRegex(Conflict, "1 data keys would lose"):
            self.retire()

    def test_process_that_holds_the_old_root_only_cannot_retire_it(self) -> None:
        self.rotate(add_root, rewrap, promote)
        with holding(self.old), self.assertRaisesRegex(Conflict, "that this process can open"):
            self.retire()

    def test_recovery_key_is_not_retired(self) -> None:
        with self.assertRaises(Invalid):
            retire_root(actor=ACTOR, fingerprint=bytes(RootKey.objects.get(ring=Ring.RECOVERY).id).hex())

    def test_retired_root_does_not_come_back(self) -> None:
        self.rotate(add_root, rewrap, promote)
        self.retire()
        with self.assertRaisesRegex(Invalid, "is retired and does not come back"):
            add_root(actor=ACTOR)
        with self.assertRaises(Invalid):
            promote(actor=ACTOR, fingerprint=self.old_fingerprint)

    def test_new_organizations_are_not_wrapped_under_it_though_held(self) -> None:
        self.rotate(add_root, rewrap, promote)
        self.retire()
        org = new_organization()
        self.assertEqual(DataKeyWrap.objects.filter(datakey__org_id=org, root__state=RootState.RETIRED).count(), 0)
        with holding(self.new):
            self.assertEqual(ring.check(), [])


class TurnTests(TwoRootsTestCase):
    def test_retiring_waits_for_a_sign_up_that_wraps_under_the_old_root_alone(self) -> None:
        self.rotate(add_root, rewrap, promote)
        with holding(self.old), ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                new_organization()
                retiring = pool.submit(self._retire)
                self.assertFalse(retiring.done())
            refusal = retiring.exception(timeout=60)
        self.assertIsInstance(refusal, Conflict)

    def test_ceremonies_take_turns_and_give_up_with_a_sentence(self) -> None:
        begun, end = threading.Event(), threading.Event()
        with ThreadPoolExecutor(1) as pool:
            other = pool.submit(self._hold, begun, end)
            begun.wait(10)
            patience, turns._PATIENCE = turns._PATIENCE, "200ms"
            try:
                with self.assertRaisesRegex(Conflict, "Another key ceremony is running"):
                    add_root(actor=ACTOR)
            finally:
                turns._PATIENCE = patience
                end.set()
            other.result(timeout=10)
        self.assertRecorded()

    def _retire(self) -> None:
        try:
            retire_root(actor=ACTOR, fingerprint=self.old_fingerprint)
        finally:
            connection.close()

    def _hold(self, begun: threading.Event, end: threading.Event) -> None:
        try:
            with turns.ceremony():
                begun.set()
                end.wait(10)
        finally:
            connection.close()


class StatusTests(TwoRootsTestCase):
    def test_says_what_is_held_registered_and_missing(self) -> None:
        third = new_root()
        self.rotate(add_root)
        with holding(self.old, self.new, third):
            seen = status()
        roots = {
            root.fingerprint: (root.state, root.held, root.missing) for root in seen.roots if root.ring == Ring.MAIN
        }
        self.assertEqual(
            roots,
            {
                self.old_fingerprint: ("primary", True, 0),
                self.fingerprint: ("decrypt_only", True, 7),
                load_root(third).id.hex(): ("unregistered", True, 0),
            },
        )
        self.assertEqual(seen.problems, ())
        self.assertEqual({key.purpose: key.keys for key in seen.keys}["value"], 1)

    def test_key_that_should_be_rotated_is_counted(self) -> None:
        DataKey.objects.filter(purpose="value").update(enc_count=2**31)
        DataKey.objects.filter(purpose="broker").update(created_at="2020-01-01T00:00Z")
        due = {key.purpose: key.due for key in status().keys}
        self.assertEqual((due["value"], due["broker"], due["fingerprint"]), (1, 1, 0))

    def test_refused_root_is_a_problem_and_no_crash(self) -> None:
        with holding("raw:file:/nowhere"):
            seen = status()
        self.assertRegex(seen.problems[0], "/nowhere cannot be read")

    def test_verify_names_the_broken_wrap(self) -> None:
        wrap = DataKeyWrap.objects.filter(datakey__purpose="value", root_id=bytes.fromhex(self.old_fingerprint))
        wrap.update(wrapped=bytes(72))
        found = verify()
        self.assertEqual([broken.slot.purpose for broken in found.broken], ["value"])
        self.assertEqual(found.shut, (found.broken[0].slot.key_id,))
        self.assertFalse(found.sound)
