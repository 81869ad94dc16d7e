"""Exporting: each value is a recorded read, and what the format cannot hold goes nowhere."""

import json
from unittest import mock

from keyvault.actor import Verb
from keyvault.errors import Conflict, Invalid, NotAllowed, NotFound
from keyvault.secrets import exposure
from keyvault.secrets.models import SecretExposure
from keyvault.secrets.services.exporting import Exported, export_environment
from keyvault.secrets.services.storing import About
from keyvault.secrets.values import Value
from tests.secrets.scene import KEY, KeysTestCase


class ExportTests(KeysTestCase):
    def export(self, format: str = "json", **how: object) -> Exported:
        how = {"actor": how.pop("actor", None) or self.owner(), "environment": self.development, **how}
        return export_environment(format=format, **how)  # type: ignore[arg-type]

    def test_every_value_under_its_variable(self) -> None:
        self.stored("api-keys/stripe", Value.fields({"api_key": "a", "webhook-secret": "b"}))
        self.stored("db/pass-word", "c")
        self.stored("x", "d", about=About(variable="myVar"))
        self.stored("kind", "e", kind="config")
        self.stored("STAGING", "f", self.staging)
        exported = self.export()
        self.assertEqual(
            json.loads(exported.text),
            {"STRIPE_API_KEY": "a", "STRIPE_WEBHOOK_SECRET": "b", "PASS_WORD": "c", "KIND": "e", "myVar": "d"},
        )
        self.assertEqual(exported.count, 4)

    def test_one_event_for_the_request_and_one_for_each_value(self) -> None:
        for name in ("A", "B"):
            self.stored(name)
        self.forget_events()
        exported = self.export("dotenv", dialect="node")
        events = self.assertEvents("secret:export-many", "secret:export", "secret:export")
        self.assertEqual([event.receipt for event in events[1:]], list(exported.receipts))
        self.assertEqual(len({event.request_id for event in events}), 1)
        self.assertNotIn(KEY, repr(exported))

    def test_every_value_counts_as_exported(self) -> None:
        secret = self.stored()
        self.export()
        exposure.flush()
        seen = SecretExposure.objects.get(version__secret=secret)
        self.assertEqual((seen.kind, seen.count, seen.last_by), ("exported", 1, "olivia@acme.example"))

    def test_the_gateways_own_and_what_may_not_be_read_are_left_out(self) -> None:
        self.stored("mine/a", "1")
        self.stored("other/b", "2")
        self.stored("mine/openai", kind="brokered", provider="openai")
        dev = self.let(self.dev, Verb.READ, prefix="mine/*")
        self.assertEqual(json.loads(self.export(actor=dev).text), {"A": "1"})
        self.assertEqual(json.loads(self.export(prefix="other/").text), {"B": "2"})

    def test_who_may_read_nothing_is_refused(self) -> None:
        self.stored()
        self.forget_events()
        with self.assertRaises(NotAllowed):
            self.export(actor=self.actor(self.vera))
        with self.assertRaises(NotFound):
            self.export(actor=self.actor(self.mallory))
        self.assertEvents("secret:export:denied")

    def test_production_needs_the_grant_and_the_reason(self) -> None:
        self.stored(environment=self.production)
        with self.assertRaises(NotAllowed):
            self.export(actor=self.actor(self.adam, stepped_up=True), environment=self.production)
        reader = self.let(self.adam, Verb.READ, environment=self.production)
        self.production.org.require_reason_in_production = True
        with self.assertRaises(Invalid) as refused:
            self.export(actor=reader, environment=self.production)
        self.assertEqual(refused.exception.rule, "reason-required")
        self.assertEqual(self.export(actor=reader, environment=self.production, reason="Backup").count, 1)

    def test_two_secrets_of_one_variable_are_refused_before_anything_is_read(self) -> None:
        self.stored("a/key")
        self.stored("b/key")
        self.forget_events()
        with self.assertRaises(Conflict) as refused:
            self.export()
        self.assertEqual(refused.exception.rule, "variable-collision")
        self.assertNoEvent()

    def test_so_are_fields_that_collide_once_they_are_known(self) -> None:
        self.stored("db", Value.fields({"user": "a"}))
        self.stored("db.user", "b")
        self.forget_events()
        with self.assertRaises(Conflict):
            self.export()
        self.assertEvents("secret:export-many", "secret:export", "secret:export", "secret:export-many:error")

    def test_fields_do_not_take_the_variable_of_the_whole(self) -> None:
        self.stored("x/db", Value.fields({"user": "a"}))
        self.stored("db", "b")
        self.assertEqual(json.loads(self.export().text), {"DB": "b", "DB_USER": "a"})

    def test_what_the_format_cannot_hold_is_named_and_nothing_is_given(self) -> None:
        self.stored("fine", "1")
        for name, value, format_ in (
            ("api/binary", Value.binary(b"\xff"), "dotenv"),
            ("api/lines", Value.text("a\nb"), "docker"),
            ("2fa", Value.text("x"), "shell"),
            ("fields", Value.fields({"a b": "x"}), "github"),
        ):
            secret = self.stored(name, value)
            self.forget_events()
            with self.subTest(name), self.assertRaises(Invalid) as refused:
                self.export(format_)
            self.assertEqual(refused.exception.extra, {"secret": name})
            [*_, last] = self.events()
            self.assertEqual((last.outcome, last.reason), ("error", "not-expressible"))
            secret.delete()
        exposure.flush()
        self.assertFalse(SecretExposure.objects.exists())

    def test_formats_and_dialects_are_checked_before_anything_is_read(self) -> None:
        self.stored()
        self.forget_events()
        for format_, dialect, wrong in (
            ("xml", "", "format"),
            ("dotenv", "perl", "dialect"),
            ("yaml", "node", "dialect"),
        ):
            with self.subTest(format_), self.assertRaises(Invalid) as refused:
                self.export(format_, dialect=dialect)
            self.assertEqual(refused.exception.extra["field"], wrong)
        self.assertNoEvent()


class ExampleTests(KeysTestCase):
    def test_names_only_and_nothing_is_opened(self) -> None:
        self.stored("api-keys/stripe", Value.fields({"key": "a"}))
        self.stored("DATABASE_URL")
        self.stored("OPENAI", kind="brokered", provider="openai")
        self.forget_events()
        with mock.patch("keyvault.keyring.ring.open_values", side_effect=AssertionError("a value was opened")):
            exported = export_environment(actor=self.owner(), environment=self.development, format="example")
        self.assertEqual(exported.text, "DATABASE_URL=\n# STRIPE_… for each of its fields\n")
        self.assertEvents("secret:list")

    def test_who_may_list_may_have_it(self) -> None:
        self.stored("A", environment=self.production)
        exported = export_environment(actor=self.actor(self.dev), environment=self.production, format="example")
        self.assertEqual(exported.text, "A=\n")
        with self.assertRaises(NotAllowed):
            export_environment(actor=self.actor(self.vera), environment=self.production, format="example")
