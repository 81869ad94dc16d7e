"""Who is in an organization, as what, and until when."""

import datetime as dt
from dataclasses import replace
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from keyvault.actor import Role, TokenKind, TokenScope, Verb, system
from keyvault.errors import Conflict, Invalid, KeyVaultError, NotAllowed, NotFound
from keyvault.flows.offboarding import leave, offboard_member
from orgs.models import Membership, TeamMember
from orgs.services.members import add_member, change_role, set_last_day, set_unit
from orgs.services.teams import add_to_team, create_team
from tests.cast import CastTestCase

TODAY = timezone.now().date()
DAY = dt.timedelta(days=1)


class AddTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.nora = User.objects.create_user("nora@contract.example", name="Nora")

    def test_a_contractor_joins_with_a_last_day(self) -> None:
        day = TODAY + 30 * DAY
        member = add_member(
            actor=self.actor(self.adam), org=self.acme, person=self.nora, role=Role.DEVELOPER, unit=" Ops ", ends_on=day
        )
        self.assertEqual((member.role, member.unit, member.ends_on), (Role.DEVELOPER, "Ops", day))
        (event,) = self.assertEvents("member:add")
        self.assertEqual(event.document["about"]["name"], "nora@contract.example")
        self.assertEqual(event.document["details"], {"role": "developer", "unit": "Ops", "ends_on": day.isoformat()})
        self.assertEqual(self.actor(self.nora).role, Role.DEVELOPER)

    def test_the_last_day_still_counts_and_the_next_does_not(self) -> None:
        member = self.add(self.adam, Role.VIEWER, ends_on=TODAY)
        self.assertTrue(Membership.objects.active().filter(pk=member.pk).exists())
        self.assertFalse(Membership.objects.active(TODAY + DAY).filter(pk=member.pk).exists())

    def test_an_admin_adds_every_role_but_owner(self) -> None:
        with self.assertRaises(NotAllowed) as refused:
            self.add(self.adam, Role.OWNER)
        self.assertEqual(refused.exception.rule, "only-owners-change-owners")
        self.assertEvents("member:add:denied")
        self.add(self.adam, Role.ADMIN)
        self.assertEvents("member:add")

    def test_developers_and_viewers_add_nobody(self) -> None:
        for user in (self.dev, self.vera):
            with self.assertRaises(NotAllowed):
                self.add(user, Role.VIEWER)
        self.assertEvents("member:add:denied", "member:add:denied")
        self.assertFalse(self.nora.memberships.exists())

    def test_nobody_is_a_member_twice(self) -> None:
        self.add(self.adam, Role.VIEWER)
        with self.assertRaises(Conflict) as refused:
            self.add(self.adam, Role.ADMIN)
        self.assertEqual(refused.exception.rule, "already-a-member")
        self.assertEvents("member:add", "member:add:error")
        self.assertEqual(self.actor(self.nora).role, Role.VIEWER)

    def test_who_left_comes_back_as_somebody_new(self) -> None:
        first = self.add(self.adam, Role.ADMIN)
        offboard_member(actor=self.actor(self.olivia, stepped_up=True), membership=first)
        second = self.add(self.adam, Role.VIEWER)
        self.assertNotEqual(first.pk, second.pk)
        self.assertEqual(self.actor(self.nora).membership_id, second.pk)

    def test_form_is_checked_before_anything_happens(self) -> None:
        for bad in ({"ends_on": TODAY - DAY}, {"unit": "a\tb"}, {"unit": "x" * 121}):
            with self.subTest(**bad), self.assertRaises(Invalid):
                self.add(self.adam, Role.VIEWER, **bad)
        with self.assertRaises(Invalid):
            self.add(self.olivia, Role.OWNER, ends_on=TODAY)
        User.objects.filter(pk=self.nora.pk).update(is_active=False)
        self.nora.refresh_from_db()
        with self.assertRaises(Conflict):
            self.add(self.adam, Role.VIEWER)
        self.assertEvents("member:add:error")

    def test_nobody_adds_to_another_organization(self) -> None:
        with self.assertRaises(NotFound):
            self.add(self.mallory, Role.VIEWER)
        self.assertNoEvent()

    def add(self, by: User, role: Role, **more: object) -> Membership:
        return add_member(actor=self.actor(by), org=self.acme, person=self.nora, role=role, **more)  # type: ignore[arg-type]


class ChangeRoleTests(CastTestCase):
    def test_it_works_from_the_next_request(self) -> None:
        change_role(actor=self.actor(self.adam), membership=self.membership(self.dev), role=Role.VIEWER)
        self.assertEqual(self.actor(self.dev).role, Role.VIEWER)
        (event,) = self.assertEvents("member:role")
        self.assertEqual(event.document["details"], {"from": "developer", "to": "viewer"})

    def test_who_may_make_whom_what(self) -> None:
        """Every pair of actor and member, every role: exactly these change."""
        cast = {"olivia": self.olivia, "adam": self.adam, "dev": self.dev, "vera": self.vera}
        changed = {
            (by, whom, str(role))
            for by, actor in cast.items()
            for whom, member in cast.items()
            for role in Role
            if self.try_to(actor, member, role)
        }
        owners = {("olivia", whom, str(r)) for whom in ("adam", "dev", "vera") for r in Role}
        admins = {("adam", whom, str(r)) for whom in ("adam", "dev", "vera") for r in Role if r is not Role.OWNER}
        same = {(c, w, r) for c, w, r in owners | admins if cast[w].email and self.actor(cast[w]).role == r}
        self.assertEqual(changed, (owners | admins) - same)

    def test_an_open_session_alone_makes_no_owner(self) -> None:
        """Else it would make one that may grant itself production, which it may not do itself."""
        with self.assertRaises(NotAllowed) as refused:
            change_role(actor=self.actor(self.olivia), membership=self.membership(self.adam), role=Role.OWNER)
        self.assertEqual(refused.exception.rule, "needs-step-up")
        self.assertEvents("member:role:denied")
        self.assertEqual(self.actor(self.adam).role, Role.ADMIN)

    def test_nobody_raises_their_own_role(self) -> None:
        with self.assertRaises(NotAllowed) as refused:
            change_role(actor=self.actor(self.adam), membership=self.membership(self.adam), role=Role.OWNER)
        self.assertEqual(refused.exception.rule, "nobody-raises-their-own-role")
        self.assertEvents("member:role:denied")
        self.assertEqual(self.actor(self.adam).role, Role.ADMIN)

    def test_an_admin_may_step_down(self) -> None:
        change_role(actor=self.actor(self.adam), membership=self.membership(self.adam), role=Role.VIEWER)
        self.assertEqual(self.actor(self.adam).role, Role.VIEWER)

    def test_the_last_owner_stays_owner(self) -> None:
        with self.assertRaises(Conflict) as refused:
            change_role(actor=self.actor(self.olivia), membership=self.membership(self.olivia), role=Role.ADMIN)
        self.assertEqual(refused.exception.rule, "one-owner-at-least")
        (event,) = self.assertEvents("member:role:error")
        self.assertEqual(event.reason, "one-owner-at-least")
        self.assertEqual(self.actor(self.olivia).role, Role.OWNER)

    def test_an_owner_whose_account_is_closed_does_not_count(self) -> None:
        change_role(
            actor=self.actor(self.olivia, stepped_up=True), membership=self.membership(self.adam), role=Role.OWNER
        )
        User.objects.filter(pk=self.adam.pk).update(is_active=False)
        with self.assertRaises(Conflict):
            leave(actor=self.actor(self.olivia))

    def test_who_goes_cannot_be_owner(self) -> None:
        olivia = self.actor(self.olivia, stepped_up=True)
        set_last_day(actor=olivia, membership=self.membership(self.dev), ends_on=TODAY + DAY)
        with self.assertRaises(Invalid):
            change_role(actor=olivia, membership=self.membership(self.dev), role=Role.OWNER)

    def test_without_a_difference_there_is_no_event(self) -> None:
        change_role(actor=self.actor(self.adam), membership=self.membership(self.dev), role=Role.DEVELOPER)
        self.assertNoEvent()

    def test_an_old_membership_is_not_changed(self) -> None:
        gone = offboard_member(actor=self.actor(self.olivia, stepped_up=True), membership=self.membership(self.dev))
        with self.assertRaises(Conflict):
            change_role(actor=self.actor(self.olivia), membership=gone, role=Role.ADMIN)
        self.assertEvents("member:remove", "member:role:error")

    def test_no_token_changes_a_role(self) -> None:
        scope = TokenScope(uuid4(), "all", TokenKind.PERSON, frozenset(Verb), may_reveal_production=True)
        with self.assertRaises(NotAllowed) as refused:
            change_role(
                actor=self.actor(self.olivia, token=scope), membership=self.membership(self.dev), role=Role.ADMIN
            )
        self.assertEqual(refused.exception.rule, "never-by-token")

    def test_what_an_actor_was_does_not_count(self) -> None:
        """Adam's request began while he was admin; he has been demoted since."""
        before = self.actor(self.adam)
        change_role(actor=self.actor(self.olivia), membership=self.membership(self.adam), role=Role.VIEWER)
        with self.assertRaises(NotAllowed):
            change_role(actor=before, membership=self.membership(self.dev), role=Role.ADMIN)
        self.assertEvents("member:role", "member:role:denied")
        offboard_member(actor=self.actor(self.olivia, stepped_up=True), membership=self.membership(self.adam))
        with self.assertRaises(NotAllowed):
            change_role(actor=before, membership=self.membership(self.dev), role=Role.ADMIN)
        self.assertEvents("member:remove", "member:role:denied")
        self.assertEqual(self.actor(self.dev).role, Role.DEVELOPER)

    def try_to(self, by: User, whom: User, role: Role) -> bool:
        member = self.membership(whom)
        before = member.role
        try:
            changed = change_role(actor=self.actor(by, stepped_up=True), membership=member, role=role).role
        except KeyVaultError:
            return False
        Membership.objects.filter(pk=member.pk).update(role=before)
        return changed != before


class EngagementTests(CastTestCase):
    def test_the_last_day_is_set_moved_and_taken_back(self) -> None:
        adam = self.actor(self.adam)
        for day in (TODAY, TODAY + 7 * DAY, None):
            set_last_day(actor=adam, membership=self.membership(self.dev), ends_on=day)
            self.assertEqual(self.membership(self.dev).ends_on, day)
        self.assertEvents("member:change", "member:change", "member:change")

    def test_not_in_the_past_and_not_for_an_owner(self) -> None:
        with self.assertRaises(Invalid):
            set_last_day(actor=self.actor(self.adam), membership=self.membership(self.dev), ends_on=TODAY - DAY)
        with self.assertRaises(Invalid):
            set_last_day(actor=self.actor(self.olivia), membership=self.membership(self.olivia), ends_on=TODAY)
        self.assertNoEvent("member:change")

    def test_nobody_extends_their_own_engagement(self) -> None:
        set_last_day(actor=self.actor(self.olivia), membership=self.membership(self.adam), ends_on=TODAY + 2 * DAY)
        for day in (None, TODAY + 3 * DAY):
            with self.assertRaises(NotAllowed):
                set_last_day(actor=self.actor(self.adam), membership=self.membership(self.adam), ends_on=day)
        set_last_day(actor=self.actor(self.adam), membership=self.membership(self.adam), ends_on=TODAY + DAY)
        self.assertEvents("member:change", "member:change:denied", "member:change:denied", "member:change")

    def test_when_it_is_over_the_person_can_do_nothing(self) -> None:
        before = self.actor(self.adam)
        Membership.objects.filter(user=self.adam).update(ends_on=TODAY - DAY)
        with self.assertRaises(NotAllowed):
            set_unit(actor=before, membership=self.membership(self.dev), unit="Ops")
        self.assertEvents("member:change:denied")

    def test_an_admin_labels_members_but_not_owners(self) -> None:
        set_unit(actor=self.actor(self.adam), membership=self.membership(self.dev), unit="Payments")
        with self.assertRaises(NotAllowed):
            set_unit(actor=self.actor(self.adam), membership=self.membership(self.olivia), unit="Payments")
        self.assertEqual(self.membership(self.dev).unit, "Payments")
        self.assertEqual(self.membership(self.olivia).unit, "")
        self.assertEvents("member:change", "member:change:denied")


class RemoveTests(CastTestCase):
    def test_a_removed_member_is_out_of_everything(self) -> None:
        adam, member = self.actor(self.adam), self.membership(self.dev)
        add_to_team(actor=adam, team=create_team(actor=adam, org=self.acme, name="Core"), membership=member)
        self.forget_events()
        removed = offboard_member(actor=replace(adam, stepped_up=True), membership=member)
        self.assertIsNotNone(removed.ended_at)
        self.assertFalse(Membership.objects.active().filter(user=self.dev).exists())
        self.assertFalse(TeamMember.objects.filter(membership=member).exists())
        self.assertEvents("member:remove")

    def test_an_admin_does_not_remove_an_owner(self) -> None:
        with self.assertRaises(NotAllowed) as refused:
            offboard_member(actor=self.actor(self.adam, stepped_up=True), membership=self.membership(self.olivia))
        self.assertEqual(refused.exception.rule, "only-owners-change-owners")
        self.assertEvents("member:remove:denied")

    def test_the_last_owner_is_not_removed_by_anybody(self) -> None:
        for actor in (self.actor(self.olivia, stepped_up=True), system("scim")):
            with self.assertRaises(Conflict) as refused:
                offboard_member(actor=actor, membership=self.membership(self.olivia))
            self.assertEqual(refused.exception.rule, "one-owner-at-least")
        self.assertEvents("member:remove:error", "member:remove:error")

    def test_one_leaves_but_not_the_last_owner(self) -> None:
        leave(actor=self.actor(self.vera))
        self.assertFalse(Membership.objects.active().filter(user=self.vera).exists())
        with self.assertRaises(Conflict):
            leave(actor=self.actor(self.olivia))
        self.assertEvents("member:leave", "member:leave:error")

    def test_who_has_left_cannot_leave_again(self) -> None:
        vera = self.actor(self.vera)
        leave(actor=vera)
        with self.assertRaises(NotAllowed):
            leave(actor=vera)
        self.assertEvents("member:leave", "member:leave:denied")

    def test_the_system_is_no_member(self) -> None:
        with self.assertRaises(NotFound):
            leave(actor=system("nightly"))
        self.assertNoEvent()

    def test_an_outsider_removes_nobody(self) -> None:
        with self.assertRaises(NotFound):
            offboard_member(actor=self.actor(self.mallory, stepped_up=True), membership=self.membership(self.dev))
        self.assertEqual(self.actor(self.dev).role, Role.DEVELOPER)
