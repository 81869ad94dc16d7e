"""The log goes to a SIEM: every leaf at least once, in order, over what fails and comes back."""

import base64
import datetime as dt
import hmac
import json
from typing import Any
from unittest import mock

from django.core.management import call_command
from django.test import override_settings
from django.utils import timezone

from audit.models import Event
from keyvault.actor import system
from keyvault.errors import Conflict, Invalid
from keyvault.flows.streams import feeding
from keyvault.flows.streams.feeding import behind, feed
from keyvault.flows.streams.models import Stream, StreamKind
from keyvault.flows.streams.services import create_stream, delete_stream
from orgs.models import Organization
from tests.audit.sealed import ACME, EVIL, SealedTestCase
from tests.egress.server import certificate_for
from tests.streams.receivers import syslog, webhook

LOCAL = ["stream@localhost=127.0.0.0/8", "stream@localhost=::1/128"]


class StreamTestCase(SealedTestCase):
    def setUp(self) -> None:
        self.enterContext(override_settings(KEYVAULT_EGRESS_ALLOW=LOCAL))
        self.org = Organization.objects.create(pk=ACME.id, name="Acme", slug="acme")

    def streaming(self, kind: StreamKind, place: str, *, org: Organization | None = None, name: str = "siem") -> Any:
        made = create_stream(actor=system("tests"), org=org, kind=kind, name=name, place=place)
        self.secret = made.secret
        return made.stream

    def now(self, stream: Stream) -> Stream:
        return Stream.objects.get(pk=stream.pk)

    def retry(self, stream: Stream) -> int:
        """The wait after a failure is over."""
        Stream.objects.filter(pk=stream.pk).update(retry_at=timezone.now() - dt.timedelta(seconds=1))
        return feed(stream.pk)


class WebhookTests(StreamTestCase):
    def test_every_event_comes_once_signed_and_in_order(self) -> None:
        receipts = self.happen(5)
        self.happen(2, org=EVIL)
        self.seal()
        with webhook() as receiver:
            stream = self.streaming(StreamKind.WEBHOOK, f"http://localhost:{receiver.port}/in", org=self.org)
            self.assertEqual(behind(stream), 5)
            self.assertEqual(feed(stream.pk), 5)
            self.assertEqual(feed(stream.pk), 0)
            [(headers, body)] = receiver.heard
        lines = [json.loads(line) for line in body.splitlines()]
        self.assertEqual([line["leaf_index"] for line in lines], [0, 1, 2, 3, 4])
        self.assertEqual([line["leaf_hash"] for line in lines], [receipt.leaf_hash.hex() for receipt in receipts])
        self.assertEqual({line["entry"]["org"]["id"] for line in lines}, {str(ACME.id)})
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.digest((self.secret or "").encode(), signed, "sha256")).decode()
        self.assertEqual(headers["webhook-signature"], f"v1,{expected}")
        self.assertEqual(behind(self.now(stream)), 0)

    def test_crash_between_the_sending_and_the_cursor_sends_again_under_the_same_id(self) -> None:
        self.happen(3)
        self.seal()
        with webhook() as receiver:
            stream = self.streaming(StreamKind.WEBHOOK, f"http://localhost:{receiver.port}/in", org=self.org)
            dies = mock.patch.object(feeding, "_advance", side_effect=KeyboardInterrupt)
            with dies, self.assertRaises(KeyboardInterrupt):
                feed(stream.pk)
            self.assertEqual(feed(stream.pk), 0)  # the dead worker's lease
            Stream.objects.filter(pk=stream.pk).update(busy_until=timezone.now() - dt.timedelta(seconds=1))
            self.assertEqual(feed(stream.pk), 3)
            (first, once), (second, again) = receiver.heard
        self.assertEqual((once, first["webhook-id"]), (again, second["webhook-id"]))

    def test_receiver_that_refuses_is_asked_later_and_nothing_is_left_out(self) -> None:
        self.happen(2)
        self.seal()
        with webhook() as receiver:
            stream = self.streaming(StreamKind.WEBHOOK, f"http://localhost:{receiver.port}/in", org=self.org)
            receiver.status = 500
            waits = []
            for _ in range(3):
                self.assertEqual(self.retry(stream), 0)
                waits.append(self.now(stream).retry_at - timezone.now())
            self.assertEqual(sorted(waits), waits)
            self.assertEqual(feed(stream.pk), 0)  # it waits
            self.assertEqual(Event.objects.filter(action="stream:fail").count(), 1)
            self.assertEqual(self.now(stream).last_error, "It was not taken (HTTPError).")
            self.assertEqual(behind(self.now(stream)), 2)
            receiver.status = 204
            self.happen(1)
            self.seal()
            with mock.patch.object(feeding, "AT_ONCE", 2):
                self.assertGreaterEqual(self.retry(stream), 3)
            indexes = [json.loads(line)["leaf_index"] for _, body in receiver.heard for line in body.splitlines()]
        self.assertEqual(indexes, list(range(len(indexes))))
        self.assertEqual(Event.objects.filter(action="stream:recover").count(), 1)
        self.assertEqual(self.now(stream).failures, 0)

    def test_internal_address_that_no_operator_admits_is_not_asked(self) -> None:
        self.happen(1)
        self.seal()
        with webhook() as receiver:
            stream = self.streaming(StreamKind.WEBHOOK, f"http://localhost:{receiver.port}/in", org=self.org)
            with override_settings(KEYVAULT_EGRESS_ALLOW=[]):
                self.assertEqual(feed(stream.pk), 0)
            self.assertEqual(receiver.heard, [])
        self.assertEqual(self.now(stream).failures, 1)

    def test_new_epoch_is_followed(self) -> None:
        self.happen(2)
        self.seal()
        with webhook() as receiver:
            stream = self.streaming(StreamKind.WEBHOOK, f"http://localhost:{receiver.port}/in", org=self.org)
            feed(stream.pk)
            with override_settings(KEYVAULT_SEALER_DIR=self.folder):
                call_command("audit", "new-epoch", "--reason", "a test", "--accept-loss", stdout=mock.Mock())
            self.happen(1)
            self.seal()
            self.assertEqual(feed(stream.pk), 2)  # the stream's own beginning, and what happened
            self.assertEqual(json.loads(receiver.heard[-1][1].splitlines()[-1])["epoch"], 1)


class SyslogTests(StreamTestCase):
    def test_frames_are_counted_and_hold_one_line_whatever_was_typed(self) -> None:
        self.happen(1, reason="a\r\nb\u2028 <1>1 forged")
        self.happen(1, reason="x" * 900)
        self.seal()
        pem = certificate_for("localhost", self.place)
        with syslog(pem, pem) as receiver, override_settings(KEYVAULT_EGRESS_CA=str(pem)):
            stream = self.streaming(StreamKind.SYSLOG, f"localhost:{receiver.port}", org=self.org)
            self.assertEqual(feed(stream.pk), 2)
        self.assertEqual(len(receiver.frames), 2)
        for index, frame in enumerate(receiver.frames):
            header, message = frame.split(b"] ", 1)
            self.assertNotIn(b"\n", frame)
            words = r"^<110>1 \S+Z keys\.example\.com keyvault - secret:reveal \[keyvault@32473 "
            self.assertRegex(header.decode(), words)
            self.assertIn(f'leafIndex="{index}"'.encode(), header)
            entry = bytes(Event.objects.get(pk=json.loads(message)["id"]).entry)
            self.assertEqual(message, entry)

    def test_connection_that_breaks_loses_nothing(self) -> None:
        self.happen(2)
        self.seal()
        pem = certificate_for("localhost", self.place)
        with syslog(pem, pem) as receiver, override_settings(KEYVAULT_EGRESS_CA=str(pem)):
            stream = self.streaming(StreamKind.SYSLOG, f"localhost:{receiver.port}", org=self.org)
            receiver.broken = True
            self.assertEqual(feed(stream.pk), 0)
            self.assertEqual(self.now(stream).next_index, 0)
            receiver.broken = False
            self.assertEqual(self.retry(stream), 2)

    def test_certificate_of_another_is_refused(self) -> None:
        self.happen(1)
        self.seal()
        pem, other = certificate_for("localhost", self.place), certificate_for("other.example", self.place)
        with syslog(pem, pem) as receiver, override_settings(KEYVAULT_EGRESS_CA=str(other)):
            stream = self.streaming(StreamKind.SYSLOG, f"localhost:{receiver.port}", org=self.org)
            self.assertEqual(feed(stream.pk), 0)
        self.assertEqual((receiver.frames, self.now(stream).failures), ([], 1))


class KeepingTests(StreamTestCase):
    def test_place_and_secret_rest_sealed_and_are_in_no_event(self) -> None:
        stream = self.streaming(StreamKind.WEBHOOK, "https://siem.example.com/in?key=hunter2", org=self.org)
        row = self.rows("SELECT place, secret, host FROM streams_stream WHERE id = %s", stream.pk)[0]
        self.assertNotIn(b"hunter2", bytes(row[0]))
        self.assertEqual(row[2], "siem.example.com")
        [event] = Event.objects.filter(action="stream:create")
        self.assertNotIn(b"hunter2", bytes(event.entry))

    def test_odd_places_are_refused(self) -> None:
        for kind, place in (
            (StreamKind.WEBHOOK, "http://siem.example.com/"),
            (StreamKind.WEBHOOK, "https://a:b@siem.example.com/"),
            (StreamKind.WEBHOOK, "file:///etc/passwd"),
            (StreamKind.SYSLOG, "siem.example.com"),
            (StreamKind.SYSLOG, "siem.example.com:0"),
            (StreamKind.SYSLOG, "siem.example.com:٣"),
            (StreamKind.SYSLOG, "a b:6514"),
            (StreamKind.SYSLOG, ":6514"),
        ):
            with self.subTest(place), self.assertRaises(Invalid):
                self.streaming(kind, place, org=self.org)
        self.assertEqual(Stream.objects.count(), 0)

    def test_installation_has_streams_of_its_own(self) -> None:
        call_command("streams", "add", "syslog", "siem.example.com:6514", "--name", "siem", stdout=mock.Mock())
        stream = Stream.objects.get()
        self.assertIsNone(stream.org)
        with self.assertRaises(Conflict):
            self.streaming(StreamKind.SYSLOG, "siem.example.com:6514")
        delete_stream(actor=system("tests"), stream=stream)
        self.assertEqual(Event.objects.filter(action="stream:delete").count(), 1)
