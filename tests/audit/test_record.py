"""Writing events: with the change or not at all, in one statement, with a receipt that anyone can recompute."""

import hashlib
import ipaddress
from unittest import mock
from uuid import UUID

from django.db import InternalError, transaction
from django.test import TestCase, TransactionTestCase

from audit import services
from audit.entry import INSTANCE, leaf_hash, row_mac
from audit.models import Event
from audit.services import COLUMNS, Outcome, digest_of, prepare, record, record_many
from keyvault.actor import system
from keyvault.errors import Unavailable
from keyvault.ids import uuid7_time
from keyvault.jobs.models import Job
from keyvault.keyring import ring
from keyvault.keyring.purposes import Purpose
from keyvault.target import Ref, Target
from tests.audit.scene import (
    ACME,
    PAYMENTS,
    PRODUCTION,
    STRIPE,
    app_role,
    committed,
    events,
    owner,
    person,
    stripe,
    token,
)
from tests.log import events_of_this_test

AFTER_THE_LAST_PARTITION = UUID("ffffffff-ffff-7fff-bfff-ffffffffffff")


class RecordTests(TestCase):
    def test_says_who_what_when_where_and_on_what(self) -> None:
        dev = person(token=token(name="laptop"))
        record("secret:reveal", actor=dev, on=stripe(), reason="incident 7", details={"fields": 2})
        (event,) = events("secret:reveal")
        document = event.document
        self.assertEqual(document["actor"], {"type": "person", "id": str(dev.id), "name": "Dev Eloper"})
        self.assertEqual(document["org"], {"id": str(ACME.id), "name": "Acme"})
        self.assertEqual(document["project"], {"id": str(PAYMENTS.id), "name": "payments"})
        self.assertEqual(document["env"], {"id": str(PRODUCTION.id), "name": "production"})
        self.assertEqual(document["secret"], {"id": str(STRIPE.id), "name": "billing/STRIPE_KEY"})
        self.assertEqual(document["token"]["name"], "laptop")
        self.assertEqual((document["ip"], document["ua"], document["version"]), ("203.0.113.9", "curl/8.5", 3))
        self.assertEqual((document["reason"], document["details"]), ("incident 7", {"fields": 2}))

    def test_columns_are_an_index_over_the_entry(self) -> None:
        target = Target(ACME, PAYMENTS, PRODUCTION, secret=STRIPE, version=9, token=Ref(STRIPE.id, "acted on"))
        record("token:issue", actor=person(token=token()), on=target, outcome=Outcome.DENIED, reason="not-allowed")
        (event,) = events("token:issue")
        entry = event.document
        self.assertEqual(str(event.id), entry["id"])
        self.assertEqual(event.at.isoformat().replace("+00:00", "Z"), entry["ts"])
        self.assertEqual(str(event.org_id), entry["org"]["id"])
        self.assertEqual((event.action, event.outcome, event.reason), ("token:issue", "denied", "not-allowed"))
        self.assertEqual((event.actor_type, str(event.actor_id)), (entry["actor"]["type"], entry["actor"]["id"]))
        self.assertEqual(str(event.project_id), entry["project"]["id"])
        self.assertEqual(str(event.environment_id), entry["env"]["id"])
        self.assertEqual((str(event.secret_id), event.version), (entry["secret"]["id"], entry["version"]))
        self.assertEqual(str(event.token_id), entry["token"]["id"])
        self.assertEqual(str(event.target_token_id), entry["on_token"]["id"])
        self.assertEqual(ipaddress.ip_address(event.address or ""), ipaddress.ip_address(entry["ip"]))
        self.assertEqual(str(event.request_id), entry["req"])

    def test_key_of_an_event_says_its_time(self) -> None:
        record("secret:reveal", actor=person(), on=stripe())
        (event,) = events("secret:reveal")
        self.assertEqual(uuid7_time(event.id), event.at.replace(microsecond=event.at.microsecond // 1000 * 1000))

    def test_row_carries_a_mac_under_a_key_that_the_database_does_not_hold(self) -> None:
        record("secret:reveal", actor=person(), on=stripe())
        (event,) = events("secret:reveal")
        key = ring.instance_key(Purpose.AUDIT_MAC)
        self.assertEqual(event.mac_key_id, key.id)
        self.assertEqual(bytes(event.mac), row_mac(key.secret, event.org_id, bytes(event.entry)))

    def test_receipt_is_the_leaf_hash_of_what_is_stored(self) -> None:
        receipt = record("secret:reveal", actor=person(), on=stripe())
        (event,) = events("secret:reveal")
        self.assertEqual(str(receipt), f"{event.id}:{hashlib.sha256(bytes([0]) + bytes(event.entry)).hexdigest()}")
        self.assertEqual(event.receipt, receipt)

    def test_event_of_the_installation_belongs_to_no_organization(self) -> None:
        record("audit:partitions", actor=system("audit"), on=Target(org=None))
        (event,) = events("audit:partitions")
        self.assertEqual((event.org_id, event.document["org"], event.actor_id), (INSTANCE, None, None))

    def test_text_that_postgresql_cannot_hold_is_no_way_to_act_unseen(self) -> None:
        record("secret:reveal", actor=person(name="a\0b\ud800"), on=stripe(), reason="\0", outcome=Outcome.DENIED)
        (event,) = events("secret:reveal")
        self.assertEqual((event.reason, event.document["reason"]), ("\ufffd", "\ufffd"))

    def test_one_event_is_one_statement(self) -> None:
        ring.instance_key(Purpose.AUDIT_MAC)  # the choice of the key is looked up once a minute
        with self.assertNumQueries(1):
            record("secret:reveal", actor=person(), on=stripe())

    def test_prepared_row_serves_a_statement_of_the_callers_own(self) -> None:
        ready = prepare("secret:reveal", actor=person(), on=stripe())
        self.assertEqual(len(ready), len(COLUMNS))
        self.assertEqual(dict(zip(COLUMNS, ready, strict=True))["entry"], ready.entry)
        self.assertEqual(ready.receipt.leaf_hash, leaf_hash(ready.entry))
        self.assertEqual(events("secret:reveal"), [])

    def test_columns_are_those_of_the_model(self) -> None:
        self.assertEqual(list(COLUMNS), [field.column for field in Event._meta.fields])

    def test_unknown_accounts_are_named_by_a_keyed_digest(self) -> None:
        self.assertEqual(digest_of(" Mallory@Example.com "), digest_of("mallory@example.com"))
        self.assertNotEqual(digest_of("mallory@example.com"), digest_of("mallory@example.org"))
        self.assertRegex(digest_of("hunter2 \ud800"), "^[0-9a-f]{32}$")
        self.assertNotEqual(digest_of("x"), hashlib.sha256(b"x").hexdigest()[:32])


class RecordManyTests(TestCase):
    def test_fifty_events_are_one_statement_in_the_order_given(self) -> None:
        targets = [stripe(version) for version in range(50)]
        dev = person()
        ring.instance_key(Purpose.AUDIT_MAC)
        with self.assertNumQueries(1):
            receipts = record_many("secret:reveal", actor=dev, on=targets)
        found = events("secret:reveal")
        self.assertEqual([event.version for event in found], list(range(50)))
        self.assertEqual([event.receipt for event in found], receipts)
        self.assertEqual({event.request_id for event in found}, {dev.origin.request_id})

    def test_two_thousand_events_fit_one_statement(self) -> None:
        ring.instance_key(Purpose.AUDIT_MAC)
        with self.assertNumQueries(1):
            record_many("secret:import", actor=person(), on=[stripe()] * 2000)
        self.assertEqual(events_of_this_test().filter(action="secret:import").count(), 2000)

    def test_nothing_is_nothing(self) -> None:
        with self.assertNumQueries(0):
            self.assertEqual(record_many("secret:reveal", actor=person(), on=[]), [])


class FailClosedTests(TestCase):
    def change_and_record(self) -> None:
        with transaction.atomic():
            Job.objects.create(kind="x", author_type="system", author_name="x", request_id=STRIPE.id)
            record("secret:change", actor=person(), on=stripe())

    def test_without_a_partition_nothing_is_changed(self) -> None:
        with (
            mock.patch.object(services, "uuid7", return_value=AFTER_THE_LAST_PARTITION),
            self.assertRaises(Unavailable) as refused,
        ):
            self.change_and_record()
        self.assertEqual((refused.exception.status, refused.exception.rule), (503, "audit-unavailable"))
        self.assertEqual((Job.objects.count(), events("secret:change")), (0, []))

    def test_without_the_right_to_add_nothing_is_changed(self) -> None:
        with owner(autocommit=True) as database:
            database.execute(f"REVOKE INSERT ON audit_event FROM {app_role()}".encode())
            try:
                with self.assertRaises(Unavailable):
                    self.change_and_record()
            finally:
                database.execute(f"GRANT INSERT ON audit_event TO {app_role()}".encode())
        self.assertEqual((Job.objects.count(), events("secret:change")), (0, []))

    def test_caller_who_swallows_the_refusal_still_changes_nothing(self) -> None:
        with self.assertRaises(InternalError), transaction.atomic():
            Job.objects.create(kind="x", author_type="system", author_name="x", request_id=STRIPE.id)
            with mock.patch.object(services, "uuid7", return_value=AFTER_THE_LAST_PARTITION):
                try:
                    record("secret:change", actor=person(), on=stripe())
                except Unavailable:
                    Job.objects.create(kind="y", author_type="system", author_name="y", request_id=STRIPE.id)
        self.assertEqual(Job.objects.count(), 0)


class LineTests(TransactionTestCase):
    def test_committed_event_is_one_line_byte_for_byte(self) -> None:
        with self.assertLogs("keyvault.events") as lines, transaction.atomic():
            receipt = record("line:kept", actor=person(name="a\r\n\u2028b"), on=committed())
            self.assertEqual(lines.records, [])
        (line,) = [entry.getMessage() for entry in lines.records]
        self.assertNotIn("\n", line)
        self.assertEqual(leaf_hash(line.encode()), receipt.leaf_hash)

    def test_rollback_leaves_neither_event_nor_line(self) -> None:
        with self.assertNoLogs("keyvault.events"), self.assertRaises(KeyboardInterrupt), transaction.atomic():
            record("line:lost", actor=person(), on=committed())
            raise KeyboardInterrupt
        self.assertEqual(events("line:lost"), [])

    def test_rolled_back_savepoint_takes_its_event_and_line_along(self) -> None:
        with self.assertLogs("keyvault.events") as lines, transaction.atomic():
            record("line:outer", actor=person(), on=committed())
            with self.assertRaises(KeyboardInterrupt), transaction.atomic():
                record("line:inner", actor=person(), on=committed())
                raise KeyboardInterrupt
        self.assertEqual(len(lines.records), 1)
        self.assertEqual((len(events("line:inner")), len(events("line:outer"))), (0, 1))

    def test_outside_of_a_transaction_the_event_is_committed_at_once(self) -> None:
        with self.assertLogs("keyvault.events"):
            receipt = record("line:alone", actor=person(), on=committed())
        with owner() as database:
            found = database.execute("SELECT 1 FROM audit_event WHERE id = %s", [receipt.event_id]).fetchone()
        self.assertEqual(found, (1,))

    def test_broken_sink_stops_no_act(self) -> None:
        with mock.patch("audit.sink.write", side_effect=BrokenPipeError):
            record("line:unheard", actor=person(), on=committed())
        self.assertEqual(len(events("line:unheard")), 1)
