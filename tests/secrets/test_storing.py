"""Storing values: create, rotate, compare and set, restore; exact bytes, one event each, nothing half-written."""

import datetime as dt
from functools import partial

from django.utils import timezone

from keyvault.actor import Verb
from keyvault.errors import Conflict, Invalid, NotAllowed, NotFound, PreconditionFailed
from keyvault.keyring import ring
from keyvault.keyring.purposes import Purpose
from keyvault.secrets.models import Secret, SecretKind, SecretVersion
from keyvault.secrets.sealing import context_of
from keyvault.secrets.services.revealing import reveal_secret
from keyvault.secrets.services.storing import (
    About,
    add_version,
    change_secret,
    create_secret,
    restore_version,
    rotate_secret,
)
from keyvault.secrets.values import LIMIT, Value
from orgs.models import Membership
from tests.secrets.scene import BAD_NAMES, KEY, OTHER, KeysTestCase


class ExactTests(KeysTestCase):
    def test_a_value_comes_back_to_the_byte_whatever_its_size(self) -> None:
        for size in (0, 1, 63, 64, 65, LIMIT):
            data = bytes(index % 256 for index in range(size))
            self.assertEqual(self.read(self.stored(f"BLOB_{size}", Value.binary(data))), data)

    def test_and_whatever_its_bytes(self) -> None:
        for number, data in enumerate((b"\0", b"\xff\xfe", b"a\r\n", b"\n", b"\xed\xa0\x80", b" x ", b"e\xcc\x81")):
            self.assertEqual(self.read(self.stored(f"B{number}", Value.of_bytes(data))), data)

    def test_fields_come_back_as_fields(self) -> None:
        parts = {"user": "olivia", "password": 'p"\\\n', "": "x"}
        del parts[""]
        secret = self.stored("api-keys/stripe", Value.fields(parts))
        self.assertEqual(reveal_secret(actor=self.owner(), secret=secret).value.parts, parts)


class CreateTests(KeysTestCase):
    def test_one_event_and_no_plaintext_in_the_row(self) -> None:
        secret = self.stored()
        row = secret.versions.get()
        self.assertNotIn(KEY.encode(), bytes(row.envelope or b""))
        self.assertEqual((row.version, row.created_by, row.size), (1, "olivia@acme.example", len(KEY)))
        [event] = self.assertEvents("secret:create")
        self.assertEqual((event.secret_id, event.version), (secret.pk, 1))
        self.assertNotIn(KEY.encode(), bytes(event.entry))

    def test_a_name_is_given_once(self) -> None:
        self.stored()
        with self.assertRaises(Conflict):
            self.stored()
        self.assertEvents("secret:create", "secret:create:error")
        self.assertEqual(SecretVersion.objects.count(), 1)

    def test_names_that_are_no_paths_are_refused(self) -> None:
        for name in BAD_NAMES:
            with self.subTest(name), self.assertRaises(Invalid) as refused:
                self.stored(name)
            self.assertEqual(refused.exception.extra["field"], "name")
        self.assertFalse(Secret.objects.exists())
        self.assertNoEvent()

    def test_a_developer_adds_by_grant_and_only_under_its_prefix(self) -> None:
        dev = self.let(self.dev, Verb.ADD, prefix="api-keys/*")
        self.forget_events()
        make = partial(create_secret, actor=dev, environment=self.development, value=Value.text("x"))
        make(name="api-keys/new")
        for name in ("other", "api-keysX/new"):
            with self.assertRaises(NotAllowed):
                make(name=name)
        self.assertEvents("secret:create", "secret:create:denied", "secret:create:denied")

    def test_a_viewer_stores_nothing(self) -> None:
        with self.assertRaises(NotAllowed):
            create_secret(actor=self.actor(self.vera), environment=self.development, name="X", value=Value.text("x"))
        self.assertEvents("secret:create:denied")
        self.assertFalse(Secret.objects.exists())

    def test_from_outside_there_is_no_such_place(self) -> None:
        with self.assertRaises(NotFound):
            create_secret(actor=self.actor(self.mallory), environment=self.development, name="X", value=Value.text("x"))
        self.assertNoEvent()

    def test_a_brokered_one_names_its_provider_and_is_sealed_for_it(self) -> None:
        for provider in ("", "..", "Open AI"):
            with self.subTest(provider), self.assertRaises(Invalid) as refused:
                self.stored("OPENAI", kind="brokered", provider=provider)
            self.assertEqual(refused.exception.extra["field"], "provider")
        secret = self.stored("OPENAI", kind="brokered", provider="openai")
        context = context_of(secret, 1)
        self.assertEqual(
            (context.purpose, context.provider, context.hosts), (Purpose.BROKER, "openai", ("api.openai.com",))
        )
        self.assertEqual(ring.open_value(context, bytes(secret.versions.get().envelope or b"")), KEY.encode())

    def test_there_are_no_other_kinds(self) -> None:
        with self.assertRaises(Invalid) as refused:
            self.stored(kind="public")
        self.assertEqual(refused.exception.extra["field"], "kind")


class RotateTests(KeysTestCase):
    def test_the_next_version_becomes_current(self) -> None:
        secret = self.stored()
        before = secret.updated_at
        stored = rotate_secret(actor=self.owner(), secret=secret, value=Value.text(OTHER), expected_version=1)
        self.assertEqual((stored.version.version, stored.secret.current), (2, 2))
        self.assertEqual(self.read(secret), OTHER.encode())
        self.assertGreater(secret.updated_at, before)
        self.assertEvents("secret:create", "secret:rotate", "secret:reveal")

    def test_an_edit_is_told_apart_from_a_rotation(self) -> None:
        add_version(actor=self.owner(), secret=self.stored(), value=Value.text(OTHER))
        self.assertEvents("secret:create", "secret:version")

    def test_a_version_that_has_moved_on_is_not_replaced(self) -> None:
        secret = self.stored()
        for expected in (0, 2, 7):
            with self.assertRaises(PreconditionFailed) as refused:
                rotate_secret(actor=self.owner(), secret=secret, value=Value.text(OTHER), expected_version=expected)
            self.assertEqual(refused.exception.extra, {"current": 1})
        self.assertEvents("secret:create", *["secret:rotate:error"] * 3)
        self.assertEqual(secret.versions.count(), 1)

    def test_numbers_go_on_after_an_old_version_is_restored(self) -> None:
        secret = self.stored()
        rotate_secret(actor=self.owner(), secret=secret, value=Value.text(OTHER))
        restore_version(actor=self.owner(), secret=secret, version=1)
        stored = rotate_secret(actor=self.owner(), secret=secret, value=Value.text("third"), expected_version=1)
        self.assertEqual(stored.version.version, 3)

    def test_needs_the_verb(self) -> None:
        secret = self.stored()
        dev = self.let(self.dev, Verb.LIST, Verb.READ, Verb.ADD, Verb.DELETE)
        self.forget_events()
        for act in (rotate_secret, add_version):
            with self.assertRaises(NotAllowed):
                act(actor=dev, secret=secret, value=Value.text("x"))
        self.assertEvents("secret:rotate:denied", "secret:version:denied")


class RestoreTests(KeysTestCase):
    def test_an_old_value_is_current_again(self) -> None:
        secret = self.stored()
        rotate_secret(actor=self.owner(), secret=secret, value=Value.text(OTHER))
        self.forget_events()
        restore_version(actor=self.owner(), secret=secret, version=1)
        self.assertEqual(self.read(secret), KEY.encode())
        [event, _] = self.assertEvents("secret:restore", "secret:reveal")
        self.assertEqual(event.document["details"], {"from": 2, "to": 1})

    def test_a_version_never_given_is_not_found(self) -> None:
        secret = self.stored()
        for version in (0, 2, 99):
            with self.assertRaises(NotFound):
                restore_version(actor=self.owner(), secret=secret, version=version)

    def test_needs_the_verb(self) -> None:
        secret = self.stored()
        self.forget_events()
        with self.assertRaises(NotAllowed):
            restore_version(actor=self.actor(self.dev), secret=secret, version=1)
        self.assertEvents("secret:restore:denied")


class ChangeTests(KeysTestCase):
    def test_what_is_said_about_it_changes_and_the_value_does_not(self) -> None:
        secret, due = self.stored(), dt.date(2027, 1, 31)
        about = About(note="Billing", variable="STRIPE_API_KEY", owner=self.membership(self.dev), rotate_by=due)
        change_secret(actor=self.owner(), secret=secret, about=about)
        secret.refresh_from_db()
        self.assertEqual((secret.note, secret.variable, secret.rotate_by), ("Billing", "STRIPE_API_KEY", due))
        self.assertEqual((secret.owner_id, secret.current), (self.membership(self.dev).pk, 1))
        [_, event] = self.assertEvents("secret:create", "secret:change")
        self.assertEqual(event.document["details"]["changed"], ["note", "variable", "owner", "rotate_by"])

    def test_owner_and_date_are_taken_away(self) -> None:
        secret = self.stored(about=About(owner=self.membership(self.dev), rotate_by=dt.date(2027, 1, 31)))
        changed = change_secret(actor=self.owner(), secret=secret, about=About(without=["owner", "rotate_by"]))
        self.assertEqual((changed.owner_id, changed.rotate_by), (None, None))

    def test_the_secret_owner_is_an_active_member(self) -> None:
        secret = self.stored()
        gone = self.membership(self.vera)
        gone.ended_at = timezone.now()
        for owner in (Membership.objects.get(user=self.mallory), gone):
            with self.assertRaises(Invalid) as refused:
                change_secret(actor=self.owner(), secret=secret, about=About(owner=owner))
            self.assertEqual(refused.exception.extra["field"], "owner")

    def test_form_is_checked(self) -> None:
        secret = self.stored()
        for field, about in (
            ("note", About(note="x" * 2001)),
            ("note", About(note="a\0")),
            ("variable", About(variable="A-B")),
            ("kind", About(kind="open")),
        ):
            with self.subTest(about), self.assertRaises(Invalid) as refused:
                change_secret(actor=self.owner(), secret=secret, about=about)
            self.assertEqual(refused.exception.extra["field"], field)
        self.assertEvents("secret:create")

    def test_only_who_may_read_it_makes_it_configuration(self) -> None:
        secret, to_config = self.stored(), About(kind=SecretKind.CONFIG)
        with self.assertRaises(NotAllowed):
            change_secret(actor=self.let(self.dev, Verb.LIST, Verb.ROTATE), secret=secret, about=to_config)
        self.assertEventsInclude("secret:reveal:denied")
        changed = change_secret(actor=self.let(self.dev, Verb.READ), secret=secret, about=to_config)
        self.assertEqual(changed.kind, SecretKind.CONFIG)
        self.assertEqual(self.read(changed), KEY.encode())

    def test_the_gateways_own_neither_become_nor_stop_being_so(self) -> None:
        brokered = self.stored("OPENAI", kind="brokered", provider="openai")
        plain = self.stored("PLAIN")
        for secret, kind in ((brokered, "secret"), (brokered, "config"), (plain, "brokered")):
            with self.subTest(kind), self.assertRaises(Conflict) as refused:
                change_secret(actor=self.owner(), secret=secret, about=About(kind=kind))
            self.assertEqual(refused.exception.rule, "gateway-only")

    def test_needs_the_verb(self) -> None:
        secret = self.stored()
        self.forget_events()
        with self.assertRaises(NotAllowed):
            change_secret(actor=self.actor(self.dev), secret=secret, about=About(note="x"))
        with self.assertRaises(NotFound):
            change_secret(actor=self.actor(self.mallory), secret=secret, about=About(note="x"))
        self.assertEvents("secret:change:denied")


class SharedValueTests(KeysTestCase):
    def forbid(self) -> None:
        self.acme.refuse_shared_values = True
        self.acme.save()
        for place in (self.development, self.staging, self.production):
            place.refresh_from_db()

    def store_in_staging(self, value: str = KEY, by: Verb | None = None) -> tuple[tuple[str, ...], int]:
        actor = self.let(self.dev, by) if by else self.owner()
        stored = create_secret(actor=actor, environment=self.staging, name="SAME", value=Value.text(value))
        return stored.shared.named, stored.shared.others

    def test_the_same_value_in_another_environment_is_named_to_who_may_read_it(self) -> None:
        self.stored()
        self.assertEqual(self.store_in_staging(), (("shop/development/STRIPE_KEY",), 0))

    def test_and_counted_for_who_may_not(self) -> None:
        self.stored()
        self.stored(environment=self.production)
        self.assertEqual(self.store_in_staging(by=Verb.ADD), ((), 2))

    def test_a_line_end_does_not_hide_it(self) -> None:
        self.stored()
        self.assertEqual(self.store_in_staging(KEY + "\n")[0], ("shop/development/STRIPE_KEY",))

    def test_the_same_environment_and_other_organizations_do_not_count(self) -> None:
        self.stored()
        self.assertEqual(
            create_secret(
                actor=self.owner(), environment=self.development, name="AGAIN", value=Value.text(KEY)
            ).shared.named,
            (),
        )

    def test_short_values_are_not_compared(self) -> None:
        self.stored(value="admin")
        self.assertEqual(self.store_in_staging("admin"), ((), 0))

    def test_the_policy_refuses_it(self) -> None:
        self.stored()
        self.forbid()
        self.forget_events()
        with self.assertRaises(Conflict) as refused:
            self.store_in_staging()
        self.assertEqual(refused.exception.rule, "shared-value")
        self.assertEvents("secret:create:denied")
        self.assertEqual(Secret.objects.count(), 1)

    def test_on_every_road(self) -> None:
        self.stored()
        secret = self.stored("SAME", KEY, self.staging)
        rotate_secret(actor=self.owner(), secret=secret, value=Value.text(OTHER))
        self.forbid()
        secret = Secret.objects.get(pk=secret.pk)
        with self.assertRaises(Conflict):
            restore_version(actor=self.owner(), secret=secret, version=1)
        for act in (rotate_secret, add_version):
            with self.assertRaises(Conflict):
                act(actor=self.owner(), secret=secret, value=Value.text(KEY))
        self.assertEqual(self.read(secret), OTHER.encode())
