"""Copying and moving: sealed anew there, recorded on both sides, by the rights of both."""

from keyvault.actor import Verb
from keyvault.errors import CannotOpen, Conflict, Invalid, NotAllowed, NotFound
from keyvault.jobs.models import Job
from keyvault.secrets.models import Secret, SecretVersion
from keyvault.secrets.services.moving import copy_secret, move_secret
from keyvault.secrets.services.removing import undelete_secret
from keyvault.secrets.services.storing import About
from keyvault.secrets.values import Value
from tests.secrets.scene import BAD_NAMES, KEY, OTHER, KeysTestCase


class CopyTests(KeysTestCase):
    def test_the_value_is_there_too_under_an_envelope_of_its_own(self) -> None:
        about = About(note="Billing", variable="STRIPE", owner=self.membership(self.dev))
        source = self.stored("api-keys/stripe", Value.fields({"key": KEY}), about=about)
        self.forget_events()
        version = copy_secret(actor=self.owner(), secret=source, to=self.staging)
        copy = version.secret
        self.assertEqual((copy.environment, copy.name, copy.current), (self.staging, "api-keys/stripe", 1))
        self.assertEqual((copy.note, copy.variable, copy.owner_id), ("Billing", "STRIPE", source.owner_id))
        self.assertEqual(self.read(copy), self.read(source))
        self.assertNotEqual(version.envelope, source.versions.get().envelope)
        here, there, *_ = self.assertEventsInclude("secret:copy", "secret:create")
        self.assertEqual((here.environment_id, there.environment_id), (self.development.pk, self.staging.pk))
        self.assertEqual(here.document["details"], {"to": "shop/staging/api-keys/stripe"})
        self.assertEqual(there.document["details"], {"from": "shop/development/api-keys/stripe"})

    def test_under_another_name(self) -> None:
        copy = copy_secret(actor=self.owner(), secret=self.stored(), to=self.staging, name="other/name").secret
        self.assertEqual(copy.name, "other/name")
        for name in BAD_NAMES[1:]:
            with self.subTest(name), self.assertRaises(Invalid) as refused:
                copy_secret(
                    actor=self.owner(),
                    secret=self.stored(f"X{len(name)}x{abs(hash(name))}"),
                    to=self.staging,
                    name=name,
                )
            self.assertEqual(refused.exception.extra["field"], "name")

    def test_a_name_in_use_is_a_conflict_unless_it_is_to_be_a_new_version(self) -> None:
        source, there = self.stored(), self.stored(value=OTHER, environment=self.staging)
        self.forget_events()
        with self.assertRaises(Conflict):
            copy_secret(actor=self.owner(), secret=source, to=self.staging)
        self.assertEvents("secret:copy:error")
        version = copy_secret(actor=self.owner(), secret=source, to=self.staging, as_version=True)
        self.assertEqual((version.secret.pk, version.version), (there.pk, 2))
        self.assertEqual(self.read(there), KEY.encode())
        self.assertEvents("secret:copy", "secret:rotate", "secret:reveal")

    def test_a_new_version_of_nothing_is_not_found(self) -> None:
        with self.assertRaises(NotFound):
            copy_secret(actor=self.owner(), secret=self.stored(), to=self.staging, as_version=True)
        self.assertEqual(Secret.objects.count(), 1)

    def test_not_into_the_same_environment(self) -> None:
        with self.assertRaises(Invalid) as refused:
            copy_secret(actor=self.owner(), secret=self.stored(), to=self.development, name="X")
        self.assertEqual(refused.exception.extra["field"], "environment")

    def test_needs_reading_here(self) -> None:
        source = self.stored()
        dev = self.let(self.dev, Verb.LIST, Verb.ADD)
        self.forget_events()
        with self.assertRaises(NotAllowed):
            copy_secret(actor=dev, secret=source, to=self.staging)
        self.assertEvents("secret:copy:denied")

    def test_needs_adding_there_or_rotating(self) -> None:
        source = self.stored()
        self.stored(environment=self.staging)
        dev = self.let(self.dev, Verb.READ, environment=self.development)
        self.forget_events()
        for as_version, refused in ((False, "secret:create:denied"), (True, "secret:rotate:denied")):
            with self.assertRaises(NotAllowed):
                copy_secret(actor=dev, secret=source, to=self.staging, as_version=as_version)
            self.assertEvents(refused)
        self.assertEqual(SecretVersion.objects.count(), 2)

    def test_production_is_copied_only_by_who_may_read_it(self) -> None:
        source = self.stored(environment=self.production)
        with self.assertRaises(NotAllowed):
            copy_secret(actor=self.actor(self.adam, stepped_up=True), secret=source, to=self.development)
        reader = self.let(self.adam, Verb.READ, environment=self.production)
        with self.assertRaises(NotAllowed):
            copy_secret(actor=self.actor(self.adam), secret=source, to=self.development)
        self.assertEqual(self.read(copy_secret(actor=reader, secret=source, to=self.development).secret), KEY.encode())

    def test_and_with_a_reason_where_one_is_asked_for(self) -> None:
        reader = self.let(self.adam, Verb.READ, environment=self.production)
        source = self.stored(environment=self.production)
        self.production.org.require_reason_in_production = True
        with self.assertRaises(Invalid) as refused:
            copy_secret(actor=reader, secret=source, to=self.development)
        self.assertEqual(refused.exception.rule, "reason-required")
        self.forget_events()
        copy_secret(actor=reader, secret=source, to=self.development, reason="Reproducing 42")
        [event, _] = self.assertEvents("secret:copy", "secret:create")
        self.assertEqual(event.reason, "Reproducing 42")

    def test_the_gateways_own_stay_where_they_are(self) -> None:
        source = self.stored("OPENAI", kind="brokered", provider="openai")
        for act in (copy_secret, move_secret):
            with self.assertRaises(NotAllowed) as refused:
                act(actor=self.owner(), secret=source, to=self.staging)
            self.assertEqual(refused.exception.rule, "gateway-only")

    def test_another_organization_is_no_place(self) -> None:
        from keyvault.secrets.services.projects import create_project

        theirs = create_project(actor=self.actor(self.mallory), name="Evil").environments.all()[0]
        source = self.stored()
        with self.assertRaises(NotFound):
            copy_secret(actor=self.owner(), secret=source, to=theirs)
        with self.assertRaises(NotFound):
            copy_secret(actor=self.actor(self.mallory), secret=source, to=theirs)
        self.assertEqual(Secret.objects.count(), 1)

    def test_the_policy_forbids_a_second_place_for_a_value(self) -> None:
        source = self.stored()
        self.staging.org.refuse_shared_values = True
        self.forget_events()
        with self.assertRaises(Conflict):
            copy_secret(actor=self.owner(), secret=source, to=self.staging)
        self.assertEvents("secret:copy:denied")
        self.assertEqual(Secret.objects.count(), 1)

    def test_what_does_not_open_is_not_copied_and_the_log_says_so(self) -> None:
        source = self.stored()
        source.versions.update(envelope=b"KV\x01\x02" + bytes(80))
        self.forget_events()
        with self.assertRaises(CannotOpen):
            copy_secret(actor=self.owner(), secret=source, to=self.staging)
        self.assertEvents("secret:copy:error")
        self.assertEqual(Secret.objects.count(), 1)


class MoveTests(KeysTestCase):
    def test_the_value_is_there_and_no_longer_here(self) -> None:
        source = self.stored()
        self.forget_events()
        moved = move_secret(actor=self.owner(), secret=source, to=self.staging).secret
        source.refresh_from_db()
        self.assertIsNotNone(source.deleted_at)
        self.assertEqual(self.read(moved), KEY.encode())
        self.assertEvents("secret:move", "secret:create", "secret:reveal")

    def test_the_source_can_be_undeleted(self) -> None:
        source = self.stored()
        move_secret(actor=self.owner(), secret=source, to=self.staging)
        undelete_secret(actor=self.owner(), secret=source)
        self.assertEqual(self.read(source), KEY.encode())

    def test_a_move_shares_no_value_and_undeleting_its_source_would(self) -> None:
        source = self.stored()
        self.staging.org.refuse_shared_values = True
        self.staging.org.save()
        move_secret(actor=self.owner(), secret=source, to=self.staging)
        with self.assertRaises(Conflict):
            undelete_secret(actor=self.owner(), secret=Secret.objects.get(pk=source.pk))

    def test_needs_reading_and_deleting_here(self) -> None:
        source = self.stored()
        for verbs in ((Verb.READ, Verb.ADD), (Verb.DELETE, Verb.ADD)):
            dev = self.let(self.dev if Verb.READ in verbs else self.vera, *verbs[:1])
            self.forget_events()
            with self.assertRaises(NotAllowed):
                move_secret(actor=dev, secret=source, to=self.staging)
            self.assertEvents("secret:move:denied")
        self.assertIsNone(Secret.objects.get().deleted_at)

    def test_a_name_in_use_leaves_everything_as_it_was(self) -> None:
        source = self.stored()
        self.stored(value=OTHER, environment=self.staging)
        self.forget_events()
        with self.assertRaises(Conflict):
            move_secret(actor=self.owner(), secret=source, to=self.staging)
        self.assertEvents("secret:move:error")
        self.assertEqual(Secret.objects.live().count(), 2)
        self.assertFalse(Job.objects.exists())
