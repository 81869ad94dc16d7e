"""Values of an organization are sealed under its own keys and open nowhere else."""

from dataclasses import replace
from uuid import UUID, uuid4

from django.db import connection
from django.db.models.functions import Now
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from keyvault.errors import CannotOpen, Unavailable
from keyvault.keyring import ring
from keyvault.keyring.held import held_root_ids
from keyvault.keyring.models import DataKey, DataKeyState, DataKeyWrap
from keyvault.keyring.purposes import INSTANCE_PURPOSES, ORGANIZATION_PURPOSES, Purpose, Ring
from tests.keyring.scene import given_gateway_root, holding, new_organization, new_root, place

VALUE = b"sk-live-0123456789abcdef"


class SealTests(TestCase):
    def setUp(self) -> None:
        self.org = new_organization()
        self.place = place(self.org)
        self.envelope = ring.seal_value(self.place, VALUE)

    def test_value_comes_back(self) -> None:
        self.assertEqual(ring.open_value(self.place, self.envelope), VALUE)

    def test_envelope_names_the_organizations_active_value_key(self) -> None:
        key = DataKey.objects.get(org_id=self.org, purpose=Purpose.VALUE, state=DataKeyState.ACTIVE)
        self.assertEqual(ring.key_id_of(self.envelope), key.id)

    def test_every_key_has_a_wrap_of_each_ring_that_may_open_it(self) -> None:
        rings = {
            key.purpose: sorted(wrap.root.ring for wrap in key.wraps.select_related("root"))
            for key in DataKey.objects.filter(org_id=self.org)
        }
        self.assertEqual(
            rings,
            {
                Purpose.VALUE: [Ring.MAIN, Ring.RECOVERY],
                Purpose.BROKER: [Ring.GATEWAY, Ring.MAIN, Ring.RECOVERY],
                Purpose.FINGERPRINT: [Ring.MAIN, Ring.RECOVERY],
            },
        )

    def test_any_number_of_values_takes_one_query(self) -> None:
        other = new_organization()
        places = [place(org) for org in (self.org, other) for _ in range(25)]
        sealed = [(where, ring.seal_value(where, b"%d" % n)) for n, where in enumerate(places)]
        with self.assertNumQueries(1):
            opened = ring.open_values(sealed)
        self.assertEqual(opened, [b"%d" % n for n in range(50)])

    def test_one_bad_value_opens_none(self) -> None:
        with self.assertRaises(CannotOpen):
            ring.open_values([(self.place, self.envelope), (replace(self.place, version=2), self.envelope)])

    def test_no_values_are_no_work(self) -> None:
        self.assertEqual(ring.open_values([]), [])

    def test_key_that_the_caller_fetched_opens_the_envelope(self) -> None:
        wrap = DataKeyWrap.objects.select_related("datakey").get(
            datakey_id=ring.key_id_of(self.envelope), root_id__in=ring.held_root_ids()
        )
        facts = (wrap.datakey_id, Purpose.VALUE, self.org, bytes(wrap.root_id), bytes(wrap.wrapped))
        self.assertEqual(len(ring.unwrap(*facts)), 32)
        with self.assertRaises(CannotOpen):
            ring.unwrap(wrap.datakey_id, Purpose.BROKER, self.org, bytes(wrap.root_id), bytes(wrap.wrapped))

    def test_an_organization_without_keys_seals_nothing(self) -> None:
        with self.assertRaises(Unavailable):
            ring.seal_value(place(uuid4()), VALUE)


class MovedRowTests(TestCase):
    """Somebody who can write to the database moves rows of one organization into another."""

    def setUp(self) -> None:
        self.org, self.other = new_organization(), new_organization()
        self.place = place(self.org)
        self.envelope = ring.seal_value(self.place, VALUE)

    def assertShut(self, where: ring.ValueContext, envelope: bytes) -> None:
        with self.assertRaises(CannotOpen):
            ring.open_value(where, envelope)

    def test_row_with_a_rewritten_organization_does_not_open(self) -> None:
        self.assertShut(replace(self.place, org=self.other), self.envelope)

    def test_row_pointed_to_the_other_organizations_key_does_not_open(self) -> None:
        theirs = DataKey.objects.get(org_id=self.other, purpose=Purpose.VALUE)
        moved = self.envelope[:4] + theirs.id.bytes + self.envelope[20:]
        self.assertShut(self.place, moved)
        self.assertShut(replace(self.place, org=self.other), moved)

    def test_swapped_wraps_do_not_open(self) -> None:
        mine, theirs = (self._wrap(org) for org in (self.org, self.other))
        DataKeyWrap.objects.filter(pk=mine.pk).update(wrapped=theirs.wrapped)
        self.assertShut(self.place, self.envelope)

    def test_key_moved_with_its_wraps_to_the_other_organization_does_not_open(self) -> None:
        key_id = ring.key_id_of(self.envelope)
        DataKey.objects.filter(pk=key_id).update(org_id=self.other, serial=2, state=DataKeyState.DECRYPT_ONLY)
        self.assertShut(self.place, self.envelope)
        self.assertShut(replace(self.place, org=self.other), self.envelope)

    def test_value_does_not_open_as_a_brokered_one(self) -> None:
        self.assertShut(replace(self.place, purpose=Purpose.BROKER), self.envelope)

    def test_unknown_key_does_not_open(self) -> None:
        self.assertShut(self.place, self.envelope[:4] + uuid4().bytes + self.envelope[20:])

    def test_shredded_key_opens_nothing(self) -> None:
        key = DataKey.objects.filter(pk=ring.key_id_of(self.envelope))
        key.update(state=DataKeyState.SHREDDED, shredded_at=Now())
        self.assertShut(self.place, self.envelope)

    def _wrap(self, org_id: UUID) -> DataKeyWrap:
        return DataKeyWrap.objects.get(
            datakey__org_id=org_id, datakey__purpose=Purpose.VALUE, root_id__in=held_root_ids()
        )


class PrivilegeSplitTests(TestCase):
    """With the gateway's environment alone."""

    def setUp(self) -> None:
        self.org = new_organization()
        self.value, self.brokered = place(self.org), place(self.org, Purpose.BROKER, provider="openai", hosts=("a.b",))
        self.sealed = {where: ring.seal_value(where, VALUE) for where in (self.value, self.brokered)}

    def test_gateway_opens_brokered_values_and_its_instance_keys(self) -> None:
        with holding(gateway=[given_gateway_root()]):
            self.assertEqual(ring.open_value(self.brokered, self.sealed[self.brokered]), VALUE)
            for purpose in (Purpose.PEPPER, Purpose.JOURNAL):
                self.assertEqual(len(ring.instance_key(purpose).secret), 32)
            self.assertEqual(ring.check(), [])

    def test_gateway_opens_nothing_else(self) -> None:
        with holding(gateway=[given_gateway_root()]):
            with self.assertRaises(CannotOpen):
                ring.open_value(self.value, self.sealed[self.value])
            for purpose in (Purpose.AUDIT_MAC, Purpose.CONFIG):
                with self.assertRaises(Unavailable):
                    ring.instance_key(purpose)
            with self.assertRaises(Unavailable):
                ring.fingerprint(self.org, VALUE)
            self.assertEqual(self._purposes_opened(), {Purpose.BROKER, Purpose.PEPPER, Purpose.JOURNAL})

    def test_gateway_makes_no_organization(self) -> None:
        org = uuid4()
        with holding(gateway=[given_gateway_root()]), self.assertRaises(Unavailable):
            ring.create_organization_keys(org)
        self.assertFalse(DataKey.objects.filter(org_id=org).exists())

    def test_gateway_rebinds_nothing(self) -> None:
        with holding(gateway=[given_gateway_root()]), self.assertRaises(CannotOpen):
            ring.open_value(replace(self.brokered, hosts=("evil.example",)), self.sealed[self.brokered])

    def test_a_process_without_any_root_opens_nothing(self) -> None:
        with holding(gateway=[]), self.assertRaises(CannotOpen):
            ring.open_value(self.value, self.sealed[self.value])

    def test_a_process_with_a_strange_root_makes_no_organization(self) -> None:
        with holding(new_root()), self.assertRaises(Unavailable):
            ring.create_organization_keys(uuid4())

    def _purposes_opened(self) -> set[str]:
        wraps = DataKeyWrap.objects.filter(root_id__in=ring.held_root_ids()).select_related("datakey")
        return {wrap.datakey.purpose for wrap in wraps}


class InstanceKeyTests(TestCase):
    def test_each_purpose_has_its_own_key(self) -> None:
        keys = [ring.instance_key(purpose) for purpose in INSTANCE_PURPOSES]
        self.assertEqual(len({key.secret for key in keys}), len(INSTANCE_PURPOSES))

    def test_key_is_found_again_by_its_id(self) -> None:
        key = ring.instance_key(Purpose.PEPPER)
        self.assertEqual(ring.instance_key_by_id(key.id), key)

    def test_key_of_an_organization_is_no_instance_key(self) -> None:
        new_organization()
        for key in DataKey.objects.filter(org_id__isnull=False):
            with self.assertRaises(CannotOpen):
                ring.instance_key_by_id(key.id)

    def test_unknown_key_is_refused(self) -> None:
        with self.assertRaises(CannotOpen):
            ring.instance_key_by_id(uuid4())

    def test_secret_is_not_shown(self) -> None:
        key = ring.instance_key(Purpose.PEPPER)
        self.assertEqual(repr(key), f"InstanceKey(id={key.id!r}, purpose={key.purpose!r})")

    def test_known_keys_take_no_query(self) -> None:
        key = ring.instance_key(Purpose.PEPPER)
        ring.instance_key_by_id(key.id)
        with self.assertNumQueries(0):
            ring.instance_key(Purpose.PEPPER)
            ring.instance_key_by_id(key.id)

    def test_no_opened_key_is_kept(self) -> None:
        secret = ring.instance_key(Purpose.PEPPER).secret
        ring.instance_key_by_id(ring.instance_key(Purpose.PEPPER).id)
        self.assertNotIn(repr(secret)[2:-1], repr([ring._active, ring._instance]))


class FingerprintTests(TestCase):
    def test_equal_values_are_equal_inside_one_organization_only(self) -> None:
        org, other = new_organization(), new_organization()
        self.assertEqual(ring.fingerprint(org, VALUE), ring.fingerprint(org, VALUE + b"\r\n"))
        self.assertNotEqual(ring.fingerprint(org, VALUE), ring.fingerprint(other, VALUE))

    def test_guessable_values_have_none(self) -> None:
        prints = ring.fingerprints(new_organization(), [VALUE, b"short", b"a" * 40])
        self.assertEqual([found is None for found in prints], [False, True, True])


class CountingTests(TestCase):
    def test_seals_are_counted_in_blocks_without_a_query_each(self) -> None:
        where = place(new_organization())
        first = ring.seal_value(where, VALUE)
        key = DataKey.objects.filter(pk=ring.key_id_of(first))
        self.assertEqual(key.get().enc_count, 1000)
        with CaptureQueriesContext(connection) as queries:
            for _ in range(999):
                ring.seal_value(where, VALUE)
        self.assertFalse([query for query in queries if "UPDATE" in query["sql"]])
        ring.seal_value(where, VALUE)
        self.assertEqual(key.get().enc_count, 2000)

    def test_only_values_are_counted_and_only_their_key(self) -> None:
        org = new_organization()
        ring.seal_value(place(org), VALUE)
        counts = dict(DataKey.objects.filter(org_id=org).values_list("purpose", "enc_count"))
        self.assertEqual(counts, {Purpose.VALUE: 1000, Purpose.BROKER: 0, Purpose.FINGERPRINT: 0})

    def test_keys_of_a_new_organization_begin_at_zero(self) -> None:
        keys = DataKey.objects.filter(org_id=new_organization())
        self.assertEqual({(key.purpose, key.enc_count, key.serial) for key in keys},
                         {(purpose, 0, 1) for purpose in ORGANIZATION_PURPOSES})  # fmt: skip
