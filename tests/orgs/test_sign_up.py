"""Signing up makes a person and an organization of theirs, or nothing."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.db import connection
from django.test import TestCase, TransactionTestCase, override_settings

from accounts.models import User
from audit.models import Event
from keyvault.actor import Origin, Role
from keyvault.errors import Conflict, Invalid, KeyVaultError, NotAllowed
from keyvault.flows.sign_up import (
    SignedUp,
    create_further_organization,
    may_create_organization,
    sign_up,
    sign_up_is_open,
)
from keyvault.keyring import ring
from orgs.access import person_outside
from orgs.models import Membership, Organization
from tests.cast import ORIGIN, CastTestCase


def join(email: str = "iris@new.example", organization: str = "New Ltd", origin: Origin = ORIGIN) -> SignedUp:
    return sign_up(
        origin=origin, organization=organization, person=partial(User.objects.create_user, email=email, name="Iris")
    )


@override_settings(KEYVAULT_SIGNUP="open")
class SignUpTests(CastTestCase):
    def test_a_person_owns_a_new_organization_with_keys(self) -> None:
        made = join()
        self.assertEqual((made.user.email, made.organization.slug), ("iris@new.example", "new-ltd"))
        self.assertEqual(self.membership(made.user).role, Role.OWNER)
        self.assertIsNotNone(ring.fingerprint(made.organization.pk, b"the organization has keys of its own"))
        created, joined = self.assertEvents("organization:create", "person:sign-up")
        self.assertEqual({created.org_id, joined.org_id}, {made.organization.pk})
        self.assertEqual(joined.document["about"]["name"], "iris@new.example")
        self.assertEqual((joined.address, joined.actor_id), (ORIGIN.address, made.user.pk))

    def test_of_the_same_name_there_can_be_many(self) -> None:
        slugs = [join(f"p{number}@new.example", "Acme").organization.slug for number in range(3)]
        self.assertEqual(slugs, ["acme-2", "acme-3", "acme-4"])

    def test_an_address_that_has_an_account_makes_nothing(self) -> None:
        with self.assertRaises(Conflict) as refused:
            join("OLIVIA@acme.example")
        self.assertEqual(refused.exception.rule, "address-taken")
        self.assertFalse(Organization.objects.filter(slug="new-ltd").exists())
        self.assertNoEvent()

    def test_a_name_that_will_not_do_makes_no_person(self) -> None:
        with self.assertRaises(Invalid) as refused:
            join(organization="\x07")
        self.assertEqual(refused.exception.extra, {"field": "organization"})
        self.assertFalse(User.objects.filter(email="iris@new.example").exists())

    def test_a_failure_at_the_end_leaves_nothing(self) -> None:
        def person() -> User:
            User.objects.create_user(email="iris@new.example")
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            sign_up(origin=ORIGIN, organization="New Ltd", person=person)
        self.assertFalse(User.objects.filter(email="iris@new.example").exists())
        self.assertNoEvent()


class WhoMayTests(CastTestCase):
    def test_sign_up_is_open_to_all_to_the_first_or_to_nobody(self) -> None:
        for setting, expected in {"open": True, "first": False, "invite": False, "nonsense": False}.items():
            with self.subTest(setting), override_settings(KEYVAULT_SIGNUP=setting):
                self.assertEqual(sign_up_is_open(), expected)

    @override_settings(KEYVAULT_SIGNUP="invite")
    def test_closed_means_closed_and_is_told_in_the_log(self) -> None:
        with self.assertRaises(NotAllowed) as refused:
            join(origin=Origin("198.51.100.9"))  # of a block of its own: refusals are folded
        self.assertEqual(refused.exception.rule, "sign-up-closed")
        self.assertFalse(User.objects.filter(email="iris@new.example").exists())
        (event,) = self.assertEvents("person:sign-up:denied")
        self.assertEqual(event.actor_type, "anonymous")

    def test_further_organizations_are_created_by_owners(self) -> None:
        for setting, allowed in (("open", [True, True]), ("first", [True, False]), ("invite", [True, False])):
            with self.subTest(setting), override_settings(KEYVAULT_SIGNUP=setting):
                users = (self.olivia, self.adam)
                found = [may_create_organization(person_outside(user, origin=ORIGIN)) for user in users]
                self.assertEqual(found, allowed)

    @override_settings(KEYVAULT_SIGNUP="first")
    def test_an_owner_creates_another_and_an_admin_does_not(self) -> None:
        org = create_further_organization(actor=person_outside(self.olivia, origin=ORIGIN), name="Second")
        self.assertEqual(self.membership(self.olivia, org).role, Role.OWNER)
        with self.assertRaises(NotAllowed) as refused:
            create_further_organization(actor=person_outside(self.adam, origin=ORIGIN), name="Third")
        self.assertEqual(refused.exception.rule, "creation-closed")
        self.assertEvents("organization:create", "organization:create:denied")


@override_settings(KEYVAULT_SIGNUP="first")
class FirstTests(TestCase):
    def test_the_first_person_begins_and_the_second_is_late(self) -> None:
        self.assertTrue(sign_up_is_open())
        join()
        self.assertFalse(sign_up_is_open())
        with self.assertRaises(NotAllowed):
            join("second@new.example", "Second")
        self.assertEqual((User.objects.count(), Organization.objects.count()), (1, 1))

    def test_somebody_with_an_account_begins_where_nothing_is_yet(self) -> None:
        operator = User.objects.create_user(email="operator@new.example")
        self.assertFalse(sign_up_is_open())
        create_further_organization(actor=person_outside(operator, origin=ORIGIN), name="Begun")
        self.assertTrue(Membership.objects.filter(user=operator, role=Role.OWNER).exists())


class AtOnceTests(TransactionTestCase):
    @override_settings(KEYVAULT_SIGNUP="first")
    def test_of_two_who_come_first_at_once_one_is(self) -> None:
        outcomes = self.at_once(lambda n: join(f"p{n}@new.example", f"Org {n}"))
        self.assertEqual(sorted(map(str, outcomes)), ["None", "Sign-up is closed here."])
        self.assertEqual((User.objects.count(), Organization.objects.count()), (1, 1))

    @override_settings(KEYVAULT_SIGNUP="open")
    def test_of_two_with_one_name_at_once_both_get_a_slug(self) -> None:
        outcomes = self.at_once(lambda n: join(f"p{n}@new.example", "Twin"))
        self.assertEqual(outcomes, [None, None])
        self.assertEqual(set(Organization.objects.values_list("slug", flat=True)), {"twin", "twin-2"})

    @override_settings(KEYVAULT_SIGNUP="open")
    def test_of_two_with_one_address_at_once_one_is_refused(self) -> None:
        outcomes = self.at_once(lambda n: join("same@new.example", f"Org {n}"))
        self.assertEqual(sorted(map(str, outcomes)), ["None", "There is an account with this address."])
        self.assertEqual((User.objects.count(), Organization.objects.count()), (1, 1))
        made = Event.objects.filter(action="organization:create", org_id=Organization.objects.get().pk)
        self.assertEqual(made.count(), 1)

    def at_once(self, act: Callable[[int], object]) -> list[KeyVaultError | None]:
        together = threading.Barrier(2)

        def run(number: int) -> KeyVaultError | None:
            try:
                together.wait(10)
                act(number)
            except KeyVaultError as refusal:
                return refusal
            finally:
                connection.close()
            return None

        with ThreadPoolExecutor(2) as both:
            return list(both.map(run, range(2)))
