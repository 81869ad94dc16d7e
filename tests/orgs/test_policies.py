"""What an organization asks of tokens, values, sign-ins and sessions; and nobody locks themselves out."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import TotpDevice
from keyvault.errors import Conflict, Invalid, NotAllowed
from orgs.models import Connection, Domain, Organization
from orgs.services.policies import change_policy
from tests.cast import CastTestCase
from tests.orgs.test_organizations import FULL_TOKEN


class PolicyTests(CastTestCase):
    def test_an_owner_changes_what_differs(self) -> None:
        change_policy(
            actor=self.actor(self.olivia, stepped_up=True),
            org=self.acme,
            token_max_days=90,
            require_reason_in_production=False,
        )
        self.acme.refresh_from_db()
        self.assertEqual(self.acme.token_max_days, 90)
        (event,) = self.assertEvents("organization:policy")
        self.assertEqual(event.document["details"], {"token_max_days": {"from": 365, "to": 90}})

    def test_every_policy_can_be_set(self) -> None:
        change_policy(
            actor=self.actor(self.olivia, stepped_up=True),
            org=self.acme,
            token_max_days=3650,
            refuse_shared_values=True,
            require_reason_in_production=True,
            team_tokens_in_production=True,
            idle_minutes=60,
        )
        acme = Organization.objects.get(pk=self.acme.pk)
        flags = (acme.refuse_shared_values, acme.require_reason_in_production, acme.team_tokens_in_production)
        self.assertEqual((acme.token_max_days, acme.idle_minutes, *flags), (3650, 60, True, True, True))

    def test_without_a_difference_there_is_no_event(self) -> None:
        change_policy(actor=self.actor(self.olivia, stepped_up=True), org=self.acme, token_max_days=365)
        self.assertNoEvent()

    def test_out_of_bounds_is_refused(self) -> None:
        for days in (0, -1, 3651):
            with self.assertRaises(Invalid):
                change_policy(actor=self.actor(self.olivia, stepped_up=True), org=self.acme, token_max_days=days)
        for minutes in (0, 59, 241):
            with self.assertRaises(Invalid):
                change_policy(actor=self.actor(self.olivia, stepped_up=True), org=self.acme, idle_minutes=minutes)
        self.assertNoEvent()

    def test_nobody_else_changes_it(self) -> None:
        for user in (self.adam, self.dev, self.vera):
            with self.assertRaises(NotAllowed):
                change_policy(actor=self.actor(user, stepped_up=True), org=self.acme, token_max_days=3650)
        self.assertEvents(*["organization:policy:denied"] * 3)

    def test_a_stolen_session_changes_nothing(self) -> None:
        with self.assertRaises(NotAllowed) as refused:
            change_policy(actor=self.actor(self.olivia), org=self.acme, idle_minutes=60)
        self.assertEqual(refused.exception.rule, "needs-step-up")
        self.assertEvents("organization:policy:denied")

    def test_no_token_changes_it(self) -> None:
        with self.assertRaises(NotAllowed) as refused:
            change_policy(
                actor=self.actor(self.olivia, stepped_up=True, token=FULL_TOKEN), org=self.acme, idle_minutes=60
            )
        self.assertEqual(refused.exception.rule, "never-by-token")
        self.assertEvents("organization:policy:denied")

    def test_the_database_keeps_the_bounds(self) -> None:
        for minutes in (59, 241):
            with self.assertRaisesMessage(IntegrityError, "idle_policy_is_60_to_240_minutes"), transaction.atomic():
                Organization.objects.filter(pk=self.acme.pk).update(idle_minutes=minutes)


class WayInTests(CastTestCase):
    """A policy that would lock out whoever sets it is refused."""

    def test_a_second_factor_is_required_by_somebody_who_has_one(self) -> None:
        with self.assertRaises(Conflict) as refused:
            change_policy(actor=self.actor(self.olivia, stepped_up=True), org=self.acme, mfa_required=True)
        self.assertEqual(refused.exception.rule, "add-your-own-factor-first")
        self.acme.refresh_from_db()
        self.assertFalse(self.acme.mfa_required)
        self.give_factor()
        change_policy(actor=self.actor(self.olivia, stepped_up=True), org=self.acme, mfa_required=True)
        self.acme.refresh_from_db()
        self.assertTrue(self.acme.mfa_required)
        self.assertEvents("organization:policy:error", "organization:policy")

    def test_it_is_given_up_without_one(self) -> None:
        Organization.objects.filter(pk=self.acme.pk).update(mfa_required=True)
        change_policy(actor=self.actor(self.olivia, stepped_up=True), org=self.acme, mfa_required=False)
        self.assertEvents("organization:policy")

    def test_single_sign_on_is_insisted_on_where_there_is_one(self) -> None:
        self.give_factor()
        with self.assertRaises(Conflict) as refused:
            change_policy(actor=self.actor(self.olivia, stepped_up=True), org=self.acme, sso_enforced=True)
        self.assertEqual(refused.exception.rule, "no-connection-to-insist-on")
        connection = Connection(org=self.acme, kind="oidc", key="0" * 24, name="Acme ID", enabled=True)
        connection.configuration = "{}"
        connection.save()
        with self.assertRaises(Conflict):
            change_policy(actor=self.actor(self.olivia, stepped_up=True), org=self.acme, sso_enforced=True)
        proven = {"proof": "dns", "proven_at": timezone.now()}
        Domain.objects.create(org=self.acme, name="acme.example", challenge="x", **proven)
        change_policy(actor=self.actor(self.olivia, stepped_up=True), org=self.acme, sso_enforced=True)
        self.assertEvents("organization:policy:error", "organization:policy:error", "organization:policy")

    def give_factor(self) -> None:
        device = TotpDevice(user=self.olivia, name="Phone", confirmed=True)
        device.key = "JBSWY3DPEHPK3PXP"
        device.save()
