"""Offboarding: the end of a membership takes its tokens and grants with it; the end of an account, every membership."""

import datetime as dt
from dataclasses import replace
from uuid import UUID

from django.db import OperationalError, connection

from accounts.models import User
from keyvault.actor import PlatformRole, Role, TokenKind, Verb
from keyvault.errors import Conflict, NotAllowed, Unauthorized
from keyvault.flows.offboarding import deactivate_person, leave, offboard_member, reactivate_person
from keyvault.secrets.models import Grant
from keyvault.secrets.services.grants import grant
from orgs.access import person_outside
from orgs.models import Membership
from orgs.services.members import add_member
from tests.cast import ORIGIN, CastTestCase, CastTransactionTestCase
from tests.sessions import raw_session
from tests.web.scene import browser
from tokens.models import AccessToken
from tokens.services import authenticate, issue_token


class OffboardMemberTests(CastTestCase):
    def token_of(self, user: User) -> str:
        issued = issue_token(
            actor=self.actor(user),
            kind=TokenKind.PERSON,
            name=f"laptop of {user.name}",
            verbs=[Verb.LIST],
            lifetime=dt.timedelta(days=1),
        )
        return issued.value or ""

    def test_tokens_first_then_grants_then_the_membership(self) -> None:
        value = self.token_of(self.dev)
        grant(actor=self.actor(self.adam), to=self.membership(self.dev), project=self.shop)
        self.assertEqual(authenticate(value, origin=ORIGIN).name, "dev@acme.example")
        self.forget_events()
        offboard_member(actor=self.actor(self.adam, stepped_up=True), membership=self.membership(self.dev))
        self.assertEvents("token:revoke", "grant:revoke", "member:remove")
        self.assertEqual(AccessToken.objects.get().state, "revoked")
        self.assertFalse(Grant.objects.exists())
        with self.assertRaises(Unauthorized):
            authenticate(value, origin=ORIGIN)

    def test_one_leaves_in_the_same_way(self) -> None:
        self.token_of(self.vera)
        self.forget_events()
        leave(actor=self.actor(self.vera))
        self.assertEvents("token:revoke", "member:leave")
        self.assertFalse(Membership.objects.active().filter(user=self.vera).exists())

    def test_the_last_owner_keeps_everything(self) -> None:
        value = self.token_of(self.olivia)
        self.forget_events()
        with self.assertRaises(Conflict):
            leave(actor=self.actor(self.olivia))
        self.assertEvents("member:leave:error")
        self.assertEqual(authenticate(value, origin=ORIGIN).name, "olivia@acme.example")

    def test_who_may_not_remove_cuts_nothing_off(self) -> None:
        value = self.token_of(self.olivia)
        for user in (self.adam, self.dev):
            with self.assertRaises(NotAllowed):
                offboard_member(actor=self.actor(user, stepped_up=True), membership=self.membership(self.olivia))
        self.assertEqual(authenticate(value, origin=ORIGIN).name, "olivia@acme.example")

    def test_tokens_of_others_live_on(self) -> None:
        value = self.token_of(self.adam)
        offboard_member(actor=self.actor(self.adam, stepped_up=True), membership=self.membership(self.dev))
        self.assertEqual(authenticate(value, origin=ORIGIN).name, "adam@acme.example")


class LeaverTests(CastTestCase):
    """What a leaver still has in hand is refused at its next request."""

    def setUp(self) -> None:
        super().setUp()
        issued = issue_token(
            actor=self.actor(self.dev), kind=TokenKind.PERSON, name="laptop", verbs=["list"], lifetime=dt.timedelta(1)
        )
        self.headers = {"Authorization": f"Bearer {issued.value}"}
        self.session = browser(self.dev)

    def test_a_live_session_and_a_token_of_the_api(self) -> None:
        self.assertEqual(self.statuses(), (200, 200))
        offboard_member(actor=self.actor(self.adam, stepped_up=True), membership=self.membership(self.dev))
        self.assertEqual(self.statuses(), (401, 401))
        self.assertEventsInclude("token:revoke", "session:end", "member:remove")

    def test_one_parent_and_one_event_for_each_end_under_one_request(self) -> None:
        self.forget_events()
        offboard_member(actor=self.actor(self.adam, stepped_up=True), membership=self.membership(self.dev))
        events = self.assertEvents("token:revoke", "session:end", "member:remove")
        self.assertEqual(len({event.request_id for event in events}), 1)
        self.assertEqual(events[-1].document["details"]["tokens_revoked"], 1)
        self.assertEqual(events[-1].document["details"]["sessions_ended"], 1)

    def test_without_a_second_factor_shown_just_now_a_session_ends_nobody_s_membership(self) -> None:
        with self.assertRaises(NotAllowed) as refused:
            offboard_member(actor=self.actor(self.olivia), membership=self.membership(self.dev))
        self.assertEqual(refused.exception.rule, "needs-step-up")
        self.assertEqual(self.statuses(), (200, 200))
        self.assertEventsInclude("member:remove:denied")

    def statuses(self) -> tuple[int, int]:
        return (
            self.session.get("/o/acme/members").status_code,
            browser().get("/api/v1/whoami", headers=self.headers).status_code,
        )


class FailureTests(CastTransactionTestCase):
    def test_a_failure_later_leaves_the_tokens_dead_and_it_goes_on_from_there(self) -> None:
        """A row that another session holds stops the second step."""
        member = self.membership(self.dev)
        issued = issue_token(
            actor=self.actor(self.dev), kind=TokenKind.PERSON, name="laptop", verbs=["list"], lifetime=dt.timedelta(1)
        )
        granted = grant(actor=self.actor(self.adam), to=member, project=self.shop)
        self.forget_events()
        with raw_session() as other:
            other.execute("SELECT FROM secrets_grant WHERE id = %s FOR UPDATE", [granted.pk])
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '100ms'")
            self.addCleanup(connection.close)
            with self.assertRaises(OperationalError):
                offboard_member(actor=self.actor(self.adam, stepped_up=True), membership=member)
        self.assertEvents("token:revoke")
        with self.assertRaises(Unauthorized):
            authenticate(issued.value or "", origin=ORIGIN)
        self.assertIsNone(Membership.objects.get(pk=member.pk).ended_at)
        offboard_member(actor=self.actor(self.adam, stepped_up=True), membership=member)
        self.assertEvents("token:authenticate:denied", "grant:revoke", "member:remove")


class DeactivatePersonTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.operator = User.objects.create_user(email="operator@example.net", name="Op")
        self.office = replace(
            person_outside(self.operator, origin=ORIGIN), platform_roles=frozenset({PlatformRole.USER_ADMIN})
        )
        add_member(actor=self.actor(self.mallory), org=self.evil_corp, person=self.dev, role=Role.VIEWER)
        self.values = [
            issue_token(
                actor=self.actor(self.dev, org=org),
                kind=TokenKind.PERSON,
                name="laptop",
                verbs=["list"],
                lifetime=dt.timedelta(days=1),
            ).value
            or ""
            for org in (self.acme, self.evil_corp)
        ]
        self.forget_events()

    def test_it_ends_every_membership_and_then_the_account(self) -> None:
        closed = deactivate_person(actor=self.office, user=self.dev)
        self.assertFalse(closed.is_active)
        self.assertFalse(Membership.objects.filter(user=self.dev, ended_at=None).exists())
        events = self.assertEvents(
            "token:revoke", "member:remove", "token:revoke", "member:remove", "person:deactivate"
        )
        self.assertEqual({event.actor_id for event in events}, {self.operator.pk})
        self.assertEqual({event.org_id for event in events}, {self.acme.pk, self.evil_corp.pk, UUID(int=0)})
        self.assertEqual(len({event.request_id for event in events}), 1)
        self.assertDead()

    def test_reactivation_restores_no_membership_and_no_token(self) -> None:
        deactivate_person(actor=self.office, user=self.dev)
        self.assertTrue(reactivate_person(actor=self.office, user=self.dev).is_active)
        self.assertEventsInclude("person:deactivate", "person:reactivate")
        self.assertDead()
        self.assertFalse(Membership.objects.filter(user=self.dev, ended_at=None).exists())
        with self.assertRaises(Conflict):
            reactivate_person(actor=self.office, user=self.dev)

    def test_removal_by_one_organization_ends_what_reaches_that_one_only(self) -> None:
        offboard_member(actor=self.actor(self.adam, stepped_up=True), membership=self.membership(self.dev, self.acme))
        self.assertEqual(authenticate(self.values[1], origin=ORIGIN).org_id, self.evil_corp.pk)
        self.assertTrue(User.objects.get(pk=self.dev.pk).is_active)
        with self.assertRaises(Unauthorized):
            authenticate(self.values[0], origin=ORIGIN)

    def test_the_last_owner_of_an_organization_keeps_everything(self) -> None:
        add_member(actor=self.actor(self.olivia), org=self.acme, person=self.mallory, role=Role.VIEWER)
        self.forget_events()
        with self.assertRaises(Conflict) as refused:
            deactivate_person(actor=self.office, user=self.mallory)
        self.assertEqual(refused.exception.rule, "one-owner-at-least")
        self.assertEvents("person:deactivate:error")
        self.assertEqual(Membership.objects.filter(user=self.mallory, ended_at=None).count(), 2)

    def test_nobody_but_an_operator_does_it(self) -> None:
        for actor in (self.actor(self.olivia), person_outside(self.adam, origin=ORIGIN)):
            for act in (deactivate_person, reactivate_person):
                with self.assertRaises(NotAllowed):
                    act(actor=actor, user=self.dev)
        self.assertEvents(*["person:deactivate:denied", "person:reactivate:denied"] * 2)
        self.assertTrue(User.objects.get(pk=self.dev.pk).is_active)

    def assertDead(self) -> None:
        for value in self.values:
            with self.assertRaises(Unauthorized):
                authenticate(value, origin=ORIGIN)
