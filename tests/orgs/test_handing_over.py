"""What a leaver owned goes to a successor, what they have read wants a new value, and a signed report tells it."""

import datetime as dt
from uuid import UUID

import orjson
from django.utils import timezone

from accounts.models import User
from keyvault.actor import Role, TokenKind, system
from keyvault.errors import Conflict, Invalid, NotAllowed, NotFound
from keyvault.flows.offboarding import leave, offboard_member
from keyvault.jobs import runner
from keyvault.jobs.models import Job, State
from keyvault.secrets.models import Secret
from keyvault.secrets.services.exporting import export_environment
from keyvault.secrets.services.grants import grant
from keyvault.secrets.services.revealing import reveal_secret
from keyvault.secrets.services.storing import About, add_version, change_secret, create_secret, rotate_secret
from keyvault.secrets.values import Value
from orgs.models import Membership, Offboarding, OffboardingState
from orgs.reports import report_mac
from orgs.services.members import change_role
from orgs.services.offboardings import is_signed, schedule_offboarding, withdraw_offboarding
from orgs.services.successors import set_default_successor
from tests.cast import ORIGIN, CastTestCase
from tests.jobs.scene import ripen
from tokens.models import AccessToken, ServiceIdentity
from tokens.services import authenticate, issue_token, replace_token

DAY = dt.timedelta(days=1)


class LeaverCase(CastTestCase):
    """Adam made a CI token and owns a secret; dev may read development."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        stage = cls()
        adam = stage.actor(cls.adam)
        ci = ServiceIdentity.objects.create(org=cls.acme, slug="ci", name="CI")
        issued = issue_token(
            actor=adam, kind=TokenKind.CI, name="Deploys", verbs=["list"], owner=ci, lifetime=DAY, project=cls.shop
        )
        cls.ci_token, cls.ci_value = issued.token, issued.value or ""
        cls.stripe = stage.stored("api-keys/stripe", owner=stage.membership(cls.adam))
        cls.mail = stage.stored("api-keys/mail")
        grant(actor=stage.actor(cls.olivia), to=stage.membership(cls.dev), project=cls.shop)

    ci_token: AccessToken
    ci_value: str
    stripe: Secret
    mail: Secret

    def stored(self, name: str, owner: Membership | None = None) -> Secret:
        about = About(owner=owner)
        made = create_secret(
            actor=self.actor(self.adam), environment=self.development, name=name, value=Value.text(name), about=about
        )
        return made.secret

    def off(self, user: User, by: User | None = None, **options: object) -> Offboarding:
        actor = self.actor(by or self.olivia, stepped_up=True)
        self.forget_events()
        offboard_member(actor=actor, membership=self.membership(user), **options)  # type: ignore[arg-type]
        return Offboarding.objects.get(membership__user=user)

    def report(self, offboarding: Offboarding) -> dict[str, object]:
        told: dict[str, object] = orjson.loads(bytes(offboarding.report or b""))
        return told


class KeeperTests(LeaverCase):
    def test_who_issues_a_token_that_is_no_person_s_answers_for_it(self) -> None:
        self.assertEqual(self.ci_token.keeper, self.membership(self.adam))
        own = issue_token(
            actor=self.actor(self.dev), kind=TokenKind.PERSON, name="laptop", verbs=["list"], lifetime=DAY
        )
        self.assertIsNone(own.token.keeper)

    def test_whoever_replaces_it_does_not_take_it_over(self) -> None:
        replaced = replace_token(actor=self.actor(self.olivia), token=self.ci_token)
        self.assertEqual(replaced.token.keeper, self.membership(self.adam))


class SuccessorTests(LeaverCase):
    def test_a_named_successor_gets_secrets_and_shared_tokens_which_live_on(self) -> None:
        self.off(self.adam, successor=self.membership(self.vera), reason="moved on")
        self.assertEqual(Secret.objects.get(pk=self.stripe.pk).owner, self.membership(self.vera))
        self.assertEqual(AccessToken.objects.get(pk=self.ci_token.pk).keeper, self.membership(self.vera))
        self.assertEqual(authenticate(self.ci_value, origin=ORIGIN).name, "ci")
        token, secret, parent = self.assertEvents("token:change", "secret:change", "member:remove")
        change = {"from": "adam@acme.example", "to": "vera@acme.example"}
        self.assertEqual((token.target_token_id, token.document["details"]), (self.ci_token.pk, {"keeper": change}))
        self.assertEqual(secret.document["details"], {"changed": ["owner"], "owner": change})
        self.assertEqual({event.request_id for event in (token, secret)}, {parent.request_id})
        self.assertEqual((parent.reason, parent.document["details"]["successor"]), ("moved on", "vera@acme.example"))

    def test_else_the_default_successor_else_the_owner_of_longest_standing(self) -> None:
        set_default_successor(actor=self.actor(self.olivia), org=self.acme, to=self.membership(self.dev))
        self.assertEvents("member:change")
        self.off(self.adam)
        self.assertEqual(Secret.objects.get(pk=self.stripe.pk).owner, self.membership(self.dev))
        self.off(self.dev)
        self.assertEqual(Secret.objects.get(pk=self.stripe.pk).owner, self.membership(self.olivia))
        self.assertFalse(Membership.objects.filter(succeeds=True).exists())

    def test_one_who_cannot_take_over_is_refused_before_anything_ends(self) -> None:
        issue_token(actor=self.actor(self.adam), kind=TokenKind.PERSON, name="laptop", verbs=["list"], lifetime=DAY)
        for named, error in (
            (self.membership(self.adam), Invalid),
            (self.membership(self.mallory), NotFound),
            (Membership(org=self.acme, user=self.dev), Invalid),
        ):
            with self.assertRaises(error):
                offboard_member(
                    actor=self.actor(self.olivia, stepped_up=True),
                    membership=self.membership(self.adam),
                    successor=named,
                )
        self.assertEqual(AccessToken.objects.get(name="laptop").state, "active")

    def test_a_default_successor_is_one_active_member(self) -> None:
        olivia = self.actor(self.olivia)
        for user in (self.dev, self.vera):
            set_default_successor(actor=olivia, org=self.acme, to=self.membership(user))
        self.assertEqual(Membership.objects.get(succeeds=True).user, self.vera)
        set_default_successor(actor=olivia, org=self.acme, to=None)
        self.assertFalse(Membership.objects.filter(succeeds=True).exists())
        with self.assertRaises(NotFound):
            set_default_successor(actor=olivia, org=self.acme, to=self.membership(self.mallory))
        with self.assertRaises(NotAllowed):
            set_default_successor(actor=self.actor(self.dev), org=self.acme, to=self.membership(self.dev))

    def test_who_leaves_hands_over_too(self) -> None:
        leave(actor=self.actor(self.adam))
        self.assertEqual(Secret.objects.get(pk=self.stripe.pk).owner, self.membership(self.olivia))
        self.assertEventsInclude("token:change", "secret:change", "member:leave")


class RotationTests(LeaverCase):
    def test_what_the_leaver_read_in_90_days_is_due_today(self) -> None:
        reveal_secret(actor=self.actor(self.dev), secret=self.stripe)
        told = self.report(self.off(self.dev))
        self.assertEqual(told["rotation"], ["shop/development/api-keys/stripe"])
        self.assertEqual(self.due(self.stripe), timezone.now().date())
        self.assertIsNone(self.due(self.mail))
        self.assertEqual(
            [event.reason for event in self.events() if event.action == "secret:change"], ["known to a leaver"]
        )

    def test_an_export_is_a_read_as_well(self) -> None:
        export_environment(actor=self.actor(self.dev), environment=self.development, format="json")
        told = self.report(self.off(self.dev))
        self.assertEqual(told["rotation"], ["shop/development/api-keys/mail", "shop/development/api-keys/stripe"])

    def test_a_value_that_was_rotated_since_is_not_known(self) -> None:
        reveal_secret(actor=self.actor(self.dev), secret=self.stripe)
        rotate_secret(actor=self.actor(self.adam), secret=self.stripe, value=Value.text("another"))
        self.assertEqual(self.report(self.off(self.dev))["rotation"], [])

    def test_an_earlier_due_date_stays_and_a_later_one_comes_forward(self) -> None:
        today = timezone.now().date()
        for secret, when in ((self.stripe, today - DAY), (self.mail, today + DAY)):
            change_secret(actor=self.actor(self.adam), secret=secret, about=About(rotate_by=when))
            reveal_secret(actor=self.actor(self.dev), secret=secret)
        self.off(self.dev)
        self.assertEqual((self.due(self.stripe), self.due(self.mail)), (today - DAY, today))

    def test_the_rotation_takes_it_off_the_list_and_an_edit_does_not(self) -> None:
        reveal_secret(actor=self.actor(self.dev), secret=self.stripe)
        self.off(self.dev)
        add_version(actor=self.actor(self.adam), secret=self.stripe, value=Value.text("the same key, written anew"))
        self.assertEqual(self.due(self.stripe), timezone.now().date())
        rotate_secret(actor=self.actor(self.adam), secret=self.stripe, value=Value.text("another key"))
        self.assertIsNone(self.due(self.stripe))
        ahead = timezone.now().date() + 30 * DAY
        change_secret(actor=self.actor(self.adam), secret=self.stripe, about=About(rotate_by=ahead))
        rotate_secret(actor=self.actor(self.adam), secret=self.stripe, value=Value.text("yet another"))
        self.assertEqual(self.due(self.stripe), ahead)

    def due(self, secret: Secret) -> dt.date | None:
        return Secret.objects.get(pk=secret.pk).rotate_by


class ReportTests(LeaverCase):
    def test_it_says_what_was_done_and_is_signed(self) -> None:
        issue_token(actor=self.actor(self.adam), kind=TokenKind.PERSON, name="laptop", verbs=["list"], lifetime=DAY)
        done = self.off(self.adam, reason="moved on")
        told = self.report(done)
        self.assertEqual((done.state, done.asked_by), (OffboardingState.DONE, "olivia@acme.example"))
        self.assertEqual((told["role"], told["reason"]), ("admin", "moved on"))
        self.assertEqual([token["name"] for token in told["tokens_revoked"]], ["laptop"])  # type: ignore[attr-defined]
        self.assertEqual([token["name"] for token in told["tokens_handed_over"]], ["Deploys"])  # type: ignore[attr-defined]
        self.assertEqual(told["secrets_handed_over"], ["shop/development/api-keys/stripe"])
        self.assertTrue(is_signed(done))

    def test_a_report_that_was_changed_or_moved_is_not(self) -> None:
        done = self.off(self.adam)
        done.report = bytes(done.report or b"").replace(b"admin", b"owner")
        self.assertFalse(is_signed(done))
        done.refresh_from_db()
        done.org_id = self.evil_corp.pk
        self.assertFalse(is_signed(done))
        self.assertFalse(is_signed(Offboarding(org=self.acme)))

    def test_the_stored_form_is_golden(self) -> None:
        mac = report_mac(bytes(range(32)), UUID(int=1), b'{"v":1}')
        self.assertEqual(mac.hex(), "cad5f16a9eebcc3e4330cd3a72ddebfac5f2a69f799737165923a7822cd42421")


class ScheduledTests(LeaverCase):
    def plan(self, user: User, by: User | None = None, **options: object) -> Offboarding:
        return schedule_offboarding(
            actor=self.actor(by or self.adam, stepped_up=True),
            membership=self.membership(user),
            due_at=timezone.now() + DAY,
            **options,  # type: ignore[arg-type]
        )

    def run_it(self) -> str:
        job = Job.objects.get(kind="orgs.end_membership")
        ripen(job)
        runner.run(job.pk)
        return Job.objects.get(pk=job.pk).state

    def test_the_end_comes_on_its_day_by_the_right_of_who_planned_it(self) -> None:
        planned = self.plan(self.dev, successor=self.membership(self.vera), reason="last day")
        self.assertEvents("offboarding:schedule")
        runner.run(Job.objects.get(kind="orgs.end_membership").pk)
        self.assertTrue(self.membership(self.dev).active)
        self.assertEqual(self.run_it(), State.DONE)
        _, event = self.assertEvents("grant:revoke", "member:remove")
        self.assertEqual((event.actor_id, event.reason), (self.adam.pk, "last day"))
        self.assertEqual(event.document["details"]["successor"], "vera@acme.example")
        planned.refresh_from_db()
        self.assertEqual(planned.state, OffboardingState.DONE)
        self.assertTrue(is_signed(planned))

    def test_who_may_not_remove_any_more_has_planned_nothing(self) -> None:
        self.plan(self.dev)
        change_role(actor=self.actor(self.olivia), membership=self.membership(self.adam), role=Role.VIEWER)
        self.assertEqual(self.run_it(), State.REFUSED)
        self.assertTrue(self.membership(self.dev).active)
        self.assertEventsInclude("member:remove:denied", "job:run:denied")

    def test_called_off_it_does_nothing(self) -> None:
        planned = withdraw_offboarding(actor=self.actor(self.adam), offboarding=self.plan(self.dev))
        self.assertEqual(planned.state, OffboardingState.WITHDRAWN)
        self.assertEvents("offboarding:schedule", "offboarding:withdraw")
        self.assertEqual(self.run_it(), State.DONE)
        self.assertTrue(self.membership(self.dev).active)
        with self.assertRaises(Conflict):
            withdraw_offboarding(actor=self.actor(self.adam), offboarding=planned)

    def test_an_end_that_came_earlier_settles_the_plan(self) -> None:
        planned = self.plan(self.dev)
        self.off(self.dev)
        planned.refresh_from_db()
        self.assertEqual(planned.state, OffboardingState.DONE)
        self.assertEqual(self.run_it(), State.DONE)

    def test_a_successor_who_has_left_meanwhile_is_none(self) -> None:
        self.plan(self.adam, by=self.olivia, successor=self.membership(self.vera))
        offboard_member(actor=system("scim"), membership=self.membership(self.vera))
        self.assertEqual(self.run_it(), State.DONE)
        self.assertEqual(Secret.objects.get(pk=self.stripe.pk).owner, self.membership(self.olivia))

    def test_what_is_not_to_be_planned(self) -> None:
        self.plan(self.dev)
        with self.assertRaises(Conflict):
            self.plan(self.dev)
        with self.assertRaises(NotAllowed):
            self.plan(self.olivia)
        with self.assertRaises(Conflict):
            self.plan(self.olivia, by=self.olivia)
        with self.assertRaises(NotAllowed):
            self.plan(self.vera, by=self.dev)
        with self.assertRaises(NotAllowed) as refused:
            schedule_offboarding(
                actor=self.actor(self.adam), membership=self.membership(self.vera), due_at=timezone.now() + DAY
            )
        self.assertEqual(refused.exception.rule, "needs-step-up")
        for when in (timezone.now() - DAY, timezone.now() + 400 * DAY):
            with self.assertRaises(Invalid):
                schedule_offboarding(
                    actor=self.actor(self.adam, stepped_up=True), membership=self.membership(self.vera), due_at=when
                )
        self.assertEqual(Offboarding.objects.count(), 1)
