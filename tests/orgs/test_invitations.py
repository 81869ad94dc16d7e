"""Invitations: who may invite whom, and what the invited person makes of it."""

import datetime as dt

from django.utils import timezone

from accounts.models import User
from keyvault.actor import Origin, Role, TokenKind, TokenScope, Verb, anonymous
from keyvault.errors import Conflict, Invalid, KeyVaultError, NotAllowed, NotFound
from keyvault.flows.offboarding import offboard_member
from keyvault.ids import uuid7
from orgs.access import person_outside
from orgs.invitation_codes import code_digest
from orgs.models import Invitation, InvitationState, Membership
from orgs.services.invitations import (
    Invited,
    accept_invitation,
    decline_invitation,
    find_by_code,
    invite_person,
    resend_invitation,
    withdraw_invitation,
)
from orgs.services.members import add_member, change_role
from tests.cast import ORIGIN, CastTestCase
from tests.clock import later

DAY = dt.timedelta(days=1)


class InvitationCase(CastTestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.ina = User.objects.create_user(email="ina@guest.example", name="Ina")

    ina: User

    def invited(self, by: User | None = None, **options: object) -> Invited:
        terms: dict[str, object] = {"email": "ina@guest.example", "role": Role.DEVELOPER, **options}
        made = invite_person(actor=self.actor(by or self.adam, stepped_up=True), org=self.acme, **terms)  # type: ignore[arg-type]
        self.forget_events()
        return made

    def accept(self, invitation: Invitation, user: User | None = None) -> Membership:
        user = user or self.ina
        return accept_invitation(
            actor=person_outside(user, origin=ORIGIN),
            invitation=invitation,
            person=lambda: User.objects.get(pk=user.pk),
        )

    def refused(self, invitation: Invitation, user: User | None = None) -> KeyVaultError:
        with self.assertRaises(KeyVaultError) as refused:
            self.accept(invitation, user)
        return refused.exception

    def assertOutside(self) -> None:
        self.assertFalse(Membership.objects.filter(org=self.acme, user=self.ina).exists())


class InviteTests(InvitationCase):
    def test_the_code_is_kept_as_a_digest_only(self) -> None:
        invited = invite_person(
            actor=self.actor(self.adam), org=self.acme, email=" Ina@Guest.example ", role=Role.VIEWER, unit="Payments"
        )
        row = Invitation.objects.get()
        self.assertEqual((row.email, row.role, row.unit), ("ina@guest.example", "viewer", "Payments"))
        self.assertEqual(bytes(row.digest), code_digest(invited.code))
        self.assertEqual(find_by_code(invited.code), row)
        kept = [str(value) for value in Invitation.objects.values_list().get()]
        self.assertFalse([value for value in kept if invited.code in value])
        (event,) = self.assertEvents("invitation:create")
        self.assertNotIn(invited.code.encode(), bytes(event.entry))
        self.assertNotIn(invited.code, repr(invited))
        self.assertEqual(event.document["about"]["name"], "ina@guest.example")

    def test_it_is_valid_for_seven_days(self) -> None:
        invitation = self.invited().invitation
        self.assertEqual(invitation.expires_at - invitation.sent_at, 7 * DAY)

    def test_an_admin_invites_no_owner(self) -> None:
        with self.assertRaises(NotAllowed) as refused:
            invite_person(actor=self.actor(self.adam), org=self.acme, email="o@guest.example", role=Role.OWNER)
        self.assertEqual(refused.exception.rule, "only-owners-change-owners")
        self.assertEvents("invitation:create:denied")
        self.invited(self.olivia, email="o@guest.example", role=Role.OWNER)

    def test_who_else_does_not_invite(self) -> None:
        for actor in (self.actor(self.dev), self.actor(self.vera)):
            with self.assertRaises(NotAllowed):
                invite_person(actor=actor, org=self.acme, email="x@guest.example", role=Role.VIEWER)
        with self.assertRaises(NotFound):
            invite_person(actor=self.actor(self.mallory), org=self.acme, email="x@guest.example", role=Role.VIEWER)
        token = TokenScope(uuid7(), "laptop", TokenKind.PERSON, frozenset(Verb))
        with self.assertRaises(NotAllowed) as refused:
            invite_person(
                actor=self.actor(self.olivia, token=token), org=self.acme, email="x@guest.example", role=Role.VIEWER
            )
        self.assertEqual(refused.exception.rule, "never-by-token")
        self.assertFalse(Invitation.objects.exists())

    def test_not_twice_and_not_somebody_who_is_here(self) -> None:
        self.invited()
        for email, rule in (("INA@guest.example", "already-invited"), (self.dev.email, "already-a-member")):
            with self.assertRaises(Conflict) as refused:
                invite_person(actor=self.actor(self.adam), org=self.acme, email=email, role=Role.VIEWER)
            self.assertEqual(refused.exception.rule, rule)
        self.assertEvents("invitation:create:error", "invitation:create:error")

    def test_a_hundred_a_day_are_enough(self) -> None:
        for number in range(100):
            self.invited(email=f"guest{number}@guest.example")
        with self.assertRaises(Conflict) as refused:
            self.invited()
        self.assertEqual(refused.exception.rule, "too-many-invitations")
        with later(DAY):
            self.invited()

    def test_an_expired_one_makes_room(self) -> None:
        first = self.invited().invitation
        Invitation.objects.update(expires_at=timezone.now())
        self.invited()
        self.assertEqual(Invitation.objects.get(pk=first.pk).state, InvitationState.WITHDRAWN)

    def test_what_is_no_address_or_no_day_is_refused(self) -> None:
        yesterday = timezone.now().date() - DAY
        for terms in ({"email": "nobody"}, {"email": f"{'x' * 250}@guest.example"}, {"ends_on": yesterday}):
            with self.subTest(terms), self.assertRaises(Invalid):
                self.invited(**terms)


class AgainTests(InvitationCase):
    def test_sent_again_it_has_another_link_and_seven_days_more(self) -> None:
        first = self.invited()
        Invitation.objects.update(expires_at=timezone.now() - DAY, sent_at=timezone.now() - 8 * DAY)
        again = resend_invitation(actor=self.actor(self.olivia), invitation=find_by_code(first.code))  # type: ignore[arg-type]
        self.assertEvents("invitation:resend")
        self.assertIsNone(find_by_code(first.code))
        self.assertTrue(Invitation.objects.get().open)
        self.assertEqual(again.invitation.inviter, self.membership(self.olivia))
        self.assertIsInstance(self.refused(first.invitation), NotFound)
        self.assertEqual(self.accept(again.invitation).role, Role.DEVELOPER)

    def test_withdrawn_it_works_no_longer(self) -> None:
        invitation = self.invited().invitation
        withdraw_invitation(actor=self.actor(self.olivia), invitation=invitation)
        self.assertEvents("invitation:withdraw")
        self.assertEqual(self.refused(invitation).rule, "invitation-withdrawn")
        for act in (resend_invitation, withdraw_invitation):
            with self.assertRaises(Conflict):
                act(actor=self.actor(self.adam), invitation=Invitation.objects.get())
        self.assertOutside()

    def test_not_twice_within_a_minute(self) -> None:
        invitation = self.invited().invitation
        with self.assertRaises(Conflict) as refused:
            resend_invitation(actor=self.actor(self.adam), invitation=invitation)
        self.assertEqual(refused.exception.rule, "sent-just-now")
        self.assertEvents("invitation:resend:error")
        with later(dt.timedelta(minutes=2)):
            resend_invitation(actor=self.actor(self.adam), invitation=invitation)

    def test_an_admin_does_not_touch_an_owner_s(self) -> None:
        invitation = self.invited(self.olivia, role=Role.OWNER).invitation
        Invitation.objects.update(sent_at=timezone.now() - DAY)
        for act in (resend_invitation, withdraw_invitation):
            with self.assertRaises(NotAllowed):
                act(actor=self.actor(self.adam), invitation=invitation)
        self.assertEvents("invitation:resend:denied", "invitation:withdraw:denied")

    def test_an_outsider_touches_none(self) -> None:
        invitation = self.invited().invitation
        for act in (resend_invitation, withdraw_invitation):
            with self.assertRaises(NotFound):
                act(actor=self.actor(self.mallory), invitation=invitation)


class AcceptTests(InvitationCase):
    def test_the_person_is_a_member_with_the_terms_of_the_invitation(self) -> None:
        day = timezone.now().date() + 30 * DAY
        member = self.accept(self.invited(unit="Payments", ends_on=day).invitation)
        self.assertEqual((member.role, member.unit, member.ends_on), ("developer", "Payments", day))
        (event,) = self.assertEvents("invitation:accept")
        self.assertEqual((event.actor_id, event.org_id), (self.ina.pk, self.acme.pk))
        self.assertEqual(event.document["details"]["invited_by"], "adam@acme.example")
        self.assertEqual(Invitation.objects.get().membership, member)

    def test_used_once_it_is_used_up(self) -> None:
        invitation = self.invited().invitation
        member = self.accept(invitation)
        self.assertEqual(self.refused(invitation).rule, "invitation-accepted")
        offboard_member(actor=self.actor(self.olivia, stepped_up=True), membership=member)
        self.assertEqual(self.refused(invitation).rule, "invitation-accepted")

    def test_another_address_is_refused(self) -> None:
        invitation = self.invited().invitation
        self.assertEqual(self.refused(invitation, self.mallory).rule, "invitation-for-another-address")
        self.assertEvents("invitation:accept:denied")
        self.assertTrue(Invitation.objects.get().open)

    def test_after_seven_days_it_has_expired(self) -> None:
        invitation = self.invited().invitation
        with later(7 * DAY):
            self.assertEqual(self.refused(invitation).rule, "invitation-expired")
        self.assertEvents("invitation:accept:error")
        self.assertOutside()

    def test_declined_it_is_closed(self) -> None:
        invitation = self.invited().invitation
        decline_invitation(actor=anonymous(Origin("198.51.100.7")), invitation=invitation)
        self.assertEvents("invitation:decline")
        self.assertEqual(self.refused(invitation).rule, "invitation-declined")
        with self.assertRaises(Conflict):
            decline_invitation(actor=person_outside(self.ina, origin=ORIGIN), invitation=invitation)

    def test_what_the_inviter_may_is_asked_again(self) -> None:
        invitation = self.invited(role=Role.ADMIN).invitation
        change_role(actor=self.actor(self.olivia), membership=self.membership(self.adam), role=Role.DEVELOPER)
        self.forget_events()
        self.assertEqual(self.refused(invitation).rule, "inviter-may-not-invite")
        self.assertEvents("invitation:accept:denied")
        self.assertOutside()

    def test_an_owner_who_was_made_admin_has_invited_no_owner(self) -> None:
        change_role(
            actor=self.actor(self.olivia, stepped_up=True), membership=self.membership(self.adam), role=Role.OWNER
        )
        invitation = self.invited(role=Role.OWNER).invitation
        change_role(actor=self.actor(self.olivia), membership=self.membership(self.adam), role=Role.ADMIN)
        self.assertEqual(self.refused(invitation).rule, "inviter-may-not-invite")

    def test_nor_has_an_inviter_who_left_or_whose_account_is_closed(self) -> None:
        invitation = self.invited().invitation
        User.objects.filter(pk=self.adam.pk).update(is_active=False)
        self.assertEqual(self.refused(invitation).rule, "inviter-may-not-invite")
        User.objects.filter(pk=self.adam.pk).update(is_active=True)
        self.forget_events()
        offboard_member(actor=self.actor(self.olivia, stepped_up=True), membership=self.membership(self.adam))
        self.assertEvents("invitation:withdraw", "member:remove")
        self.assertEqual(self.refused(invitation).rule, "invitation-withdrawn")

    def test_an_engagement_that_is_over_begins_no_more(self) -> None:
        invitation = self.invited(ends_on=timezone.now().date()).invitation
        with later(DAY):
            self.assertEqual(self.refused(invitation).rule, "engagement-over")

    def test_who_became_a_member_otherwise_stays_what_they_are(self) -> None:
        invitation = self.invited(role=Role.ADMIN).invitation
        add_member(actor=self.actor(self.adam), org=self.acme, person=self.ina, role=Role.VIEWER)
        self.assertEqual(self.refused(invitation).rule, "already-a-member")
        self.assertEqual(self.membership(self.ina).role, Role.VIEWER)

    def test_a_closed_account_stays_out(self) -> None:
        User.objects.filter(pk=self.ina.pk).update(is_active=False)
        self.assertEqual(self.refused(self.invited().invitation).rule, "account-closed")
