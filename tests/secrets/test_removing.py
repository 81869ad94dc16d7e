"""Deleting, undeleting, purging, erasing: what is gone when, and by whose right."""

import datetime as dt

from django.utils import timezone

from keyvault.actor import Verb, system
from keyvault.errors import Conflict, NotAllowed, NotFound
from keyvault.secrets.models import Secret, SecretVersion
from keyvault.secrets.services.removing import (
    delete_secret,
    erase_version,
    purge_overdue_secret,
    purge_secret,
    secrets_to_purge,
    undelete_secret,
)
from keyvault.secrets.services.revealing import reveal_secret
from keyvault.secrets.services.storing import restore_version, rotate_secret
from keyvault.secrets.values import Value
from orgs.models import Membership
from tests.secrets.scene import KEY, OTHER, KeysTestCase

PRODUCT = system("sweep purge-deleted")


def weeks_later(secret: Secret) -> None:
    """As if it had been deleted eight days earlier."""
    Secret.objects.filter(pk=secret.pk).update(deleted_at=timezone.now() - dt.timedelta(days=8))


class DeleteTests(KeysTestCase):
    def test_it_is_read_and_changed_no_more(self) -> None:
        secret = self.stored()
        delete_secret(actor=self.owner(), secret=secret)
        with self.assertRaises(NotFound):
            reveal_secret(actor=self.owner(), secret=secret)  # also by who looked it up before
        with self.assertRaises(NotFound):
            rotate_secret(actor=self.owner(), secret=secret, value=Value.text("x"))
        with self.assertRaises(NotFound):
            delete_secret(actor=self.owner(), secret=secret)
        self.assertEvents("secret:create", "secret:delete")

    def test_it_is_purged_after_seven_days_whoever_deleted_it(self) -> None:
        secret = delete_secret(actor=self.let(self.dev, Verb.DELETE), secret=self.stored())
        Membership.objects.filter(user=self.dev).update(ended_at=timezone.now())
        self.forget_events()
        self.assertFalse(secrets_to_purge().exists())
        self.assertFalse(purge_overdue_secret(actor=PRODUCT, secret=secret))
        weeks_later(secret)
        self.assertTrue(purge_overdue_secret(actor=PRODUCT, secret=secret))
        self.assertFalse(purge_overdue_secret(actor=PRODUCT, secret=secret))
        self.assertFalse(SecretVersion.objects.exists())
        self.assertEvents("secret:purge")

    def test_what_was_undeleted_or_deleted_again_is_left_alone(self) -> None:
        secret = delete_secret(actor=self.owner(), secret=self.stored())
        undelete_secret(actor=self.owner(), secret=secret)
        self.assertFalse(purge_overdue_secret(actor=PRODUCT, secret=secret))
        delete_secret(actor=self.owner(), secret=secret)
        self.assertFalse(purge_overdue_secret(actor=PRODUCT, secret=secret))
        self.assertTrue(Secret.objects.filter(pk=secret.pk).exists())

    def test_needs_the_verb(self) -> None:
        secret = self.stored()
        dev = self.let(self.dev, Verb.LIST, Verb.READ, Verb.ADD, Verb.ROTATE)
        self.forget_events()
        with self.assertRaises(NotAllowed):
            delete_secret(actor=dev, secret=secret)
        self.assertEvents("secret:delete:denied")
        self.assertFalse(Secret.objects.deleted().exists())


class UndeleteTests(KeysTestCase):
    def test_within_seven_days_all_is_as_it_was(self) -> None:
        secret = delete_secret(actor=self.owner(), secret=self.stored())
        undelete_secret(actor=self.owner(), secret=secret)
        self.assertEqual(self.read(secret), KEY.encode())
        self.assertEvents("secret:create", "secret:delete", "secret:undelete", "secret:reveal")

    def test_not_after_them(self) -> None:
        secret = delete_secret(actor=self.owner(), secret=self.stored())
        weeks_later(secret)
        with self.assertRaises(NotFound) as refused:
            undelete_secret(actor=self.owner(), secret=secret)
        self.assertEqual(refused.exception.rule, "undelete-too-late")

    def test_not_when_the_name_was_given_again(self) -> None:
        secret = delete_secret(actor=self.owner(), secret=self.stored())
        self.stored(value=OTHER)
        self.forget_events()
        with self.assertRaises(Conflict):
            undelete_secret(actor=self.owner(), secret=secret)
        self.assertEvents("secret:undelete:error")
        self.assertEqual(self.read(Secret.objects.live().get()), OTHER.encode())

    def test_not_into_a_shared_value_that_the_policy_forbids(self) -> None:
        secret = delete_secret(actor=self.owner(), secret=self.stored())
        self.stored(environment=self.staging)
        self.acme.refuse_shared_values = True
        self.acme.save()
        self.forget_events()
        with self.assertRaises(Conflict):
            undelete_secret(actor=self.owner(), secret=Secret.objects.get(pk=secret.pk))
        self.assertEvents("secret:undelete:denied")

    def test_what_is_not_deleted_is_not_undeleted(self) -> None:
        with self.assertRaises(NotFound):
            undelete_secret(actor=self.owner(), secret=self.stored())

    def test_needs_the_verb(self) -> None:
        secret = delete_secret(actor=self.owner(), secret=self.stored())
        self.forget_events()
        with self.assertRaises(NotAllowed):
            undelete_secret(actor=self.actor(self.dev), secret=secret)
        self.assertEvents("secret:undelete:denied")


class PurgeTests(KeysTestCase):
    def test_only_what_was_deleted(self) -> None:
        with self.assertRaises(NotFound):
            purge_secret(actor=self.owner(), secret=self.stored())
        self.assertTrue(Secret.objects.exists())

    def test_by_hand_it_does_not_wait(self) -> None:
        secret = delete_secret(actor=self.owner(), secret=self.stored())
        purge_secret(actor=self.owner(), secret=secret)
        self.assertFalse(Secret.objects.exists())
        [*_, event] = self.assertEvents("secret:create", "secret:delete", "secret:purge")
        self.assertEqual(event.document["secret"]["name"], "STRIPE_KEY")

    def test_needs_the_verb(self) -> None:
        secret = delete_secret(actor=self.owner(), secret=self.stored())
        self.forget_events()
        with self.assertRaises(NotAllowed):
            purge_secret(actor=self.actor(self.vera), secret=secret)
        self.assertEvents("secret:purge:denied")


class EraseTests(KeysTestCase):
    def test_the_value_is_gone_and_the_history_stays(self) -> None:
        secret = self.stored()
        rotate_secret(actor=self.owner(), secret=secret, value=Value.text(OTHER))
        self.forget_events()
        erase_version(actor=self.owner(), secret=secret, version=1)
        row = secret.versions.get(version=1)
        self.assertEqual((row.envelope, row.fingerprint, row.created_by), (None, None, "olivia@acme.example"))
        self.assertIsNotNone(row.destroyed_at)
        [event] = self.assertEvents("secret:erase")
        self.assertEqual(event.version, 1)

    def test_it_is_neither_read_nor_restored_nor_erased_again(self) -> None:
        secret = self.stored()
        rotate_secret(actor=self.owner(), secret=secret, value=Value.text(OTHER))
        erase_version(actor=self.owner(), secret=secret, version=1)
        self.forget_events()
        with self.assertRaises(NotFound):
            reveal_secret(actor=self.owner(), secret=secret, version=1)
        with self.assertRaises(NotFound):
            restore_version(actor=self.owner(), secret=secret, version=1)
        with self.assertRaises(NotFound):
            erase_version(actor=self.owner(), secret=secret, version=1)
        self.assertNoEvent()

    def test_never_the_current_one(self) -> None:
        secret = self.stored()
        self.forget_events()
        with self.assertRaises(Conflict):
            erase_version(actor=self.owner(), secret=secret, version=1)
        self.assertEvents("secret:erase:error")
        self.assertEqual(self.read(secret), KEY.encode())

    def test_needs_the_verb(self) -> None:
        secret = self.stored()
        rotate_secret(actor=self.owner(), secret=secret, value=Value.text(OTHER))
        self.forget_events()
        with self.assertRaises(NotAllowed):
            erase_version(actor=self.let(self.dev, Verb.READ, Verb.ROTATE), secret=secret, version=1)
        self.assertEvents("grant:add", "secret:erase:denied")
