"""The last day of an engagement: notice 14 and 3 days before, the end after it, once each however often one looks."""

import datetime as dt

from django.core import mail
from django.test import override_settings
from django.utils import timezone

from accounts.models import User
from keyvault.actor import TokenKind
from keyvault.errors import Invalid, Unauthorized
from keyvault.flows.engagements.due import look_at_engagements
from keyvault.jobs import runner
from keyvault.jobs.models import Job, State
from orgs.models import Membership, Offboarding
from orgs.services.members import set_last_day
from tests.cast import ORIGIN, CastTestCase
from tests.clock import later
from tokens.models import AccessToken
from tokens.services import authenticate, issue_token

DAY = dt.timedelta(days=1)


class EngagementCase(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.until(self.dev, 20)

    def until(self, user: User, days: int) -> None:
        day = timezone.now().date() + days * DAY
        set_last_day(actor=self.actor(self.olivia), membership=self.membership(user), ends_on=day)
        self.forget_events()

    def look(self, *, after: int, times: int = 1) -> None:
        """So many days from now; and the jobs that come of it."""
        with later(after * DAY):
            for _ in range(times):
                look_at_engagements()
            runner.sweep()

    def told(self) -> list[tuple[str, str]]:
        told = [(message.to[0], str(message.subject)) for message in mail.outbox]
        mail.outbox.clear()
        return told


class NoticeTests(EngagementCase):
    def test_the_person_and_the_admins_are_told_14_and_3_days_before(self) -> None:
        self.look(after=5)
        self.assertEqual(self.told(), [])
        for after, days in ((6, 14), (17, 3)):
            self.look(after=after, times=3)
            told = dict(self.told())
            self.assertEqual(sorted(told), ["adam@acme.example", "dev@acme.example", "olivia@acme.example"])
            self.assertIn("Your engagement at Acme ends on", told["dev@acme.example"])
            self.assertIn("Dev leaves Acme on", told["adam@acme.example"])
            (event,) = self.assertEvents("engagement:notice")
            self.assertEqual(event.document["details"]["days"], days)
            self.look(after=after + 1)
            self.assertEqual(self.told(), [])

    def test_of_two_that_are_due_at_once_the_later_is_sent(self) -> None:
        self.look(after=18)
        self.assertEqual(len(self.told()), 3)
        (event,) = self.assertEvents("engagement:notice")
        self.assertEqual(event.document["details"]["days"], 3)
        self.look(after=19)
        self.assertEqual(self.told(), [])

    def test_another_last_day_is_announced_anew(self) -> None:
        self.look(after=17)
        self.until(self.dev, 40)
        self.told()
        self.look(after=20)
        self.assertEqual(self.told(), [])
        self.look(after=37)
        self.assertEqual(len(self.told()), 3)

    def test_a_day_that_moved_before_the_mail_was_sent_is_not_told(self) -> None:
        with later(6 * DAY):
            look_at_engagements()
        self.until(self.dev, 60)
        runner.sweep()
        self.assertEqual(self.told(), [])

    @override_settings(EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_PORT=1)
    def test_a_mail_server_that_is_away_is_asked_again(self) -> None:
        self.look(after=17)
        job = Job.objects.get(kind="engagements.tell")
        self.assertEqual((job.state, job.last_error), (State.QUEUED, "The mail server takes no mail."))


class EndTests(EngagementCase):
    def test_on_the_last_day_everything_works_and_the_day_after_it_is_over(self) -> None:
        token = issue_token(
            actor=self.actor(self.dev), kind=TokenKind.PERSON, name="laptop", verbs=["list"], lifetime=20 * DAY
        )
        self.look(after=20)
        with later(20 * DAY):
            self.assertTrue(self.membership(self.dev).active)
        self.forget_events()
        self.look(after=21, times=2)
        member = Membership.objects.get(user=self.dev)
        self.assertIsNotNone(member.ended_at)
        self.assertEqual(AccessToken.objects.get(pk=token.token.pk).state, "revoked")
        _, ended = self.assertEvents("token:revoke", "member:remove")
        self.assertEqual((ended.reason, ended.actor_type), ("the engagement is over", "system"))
        self.assertEqual(Offboarding.objects.filter(membership=member).count(), 1)
        self.look(after=22)
        self.assertNoEvent()

    def test_a_token_works_no_longer_than_the_engagement_even_where_nobody_has_looked(self) -> None:
        value = issue_token(
            actor=self.actor(self.dev), kind=TokenKind.PERSON, name="laptop", verbs=["list"], lifetime=10 * DAY
        ).value
        self.until(self.dev, 2)
        with later(2 * DAY):
            authenticate(value or "", origin=ORIGIN)
        with later(3 * DAY), self.assertRaises(Unauthorized) as refused:
            authenticate(value or "", origin=ORIGIN)
        self.assertEqual(refused.exception.rule, "token-owner-gone")

    def test_no_token_is_issued_beyond_the_last_day(self) -> None:
        with self.assertRaises(Invalid):
            issue_token(
                actor=self.actor(self.dev), kind=TokenKind.PERSON, name="laptop", verbs=["list"], lifetime=22 * DAY
            )

    def test_a_last_day_that_was_moved_meanwhile_ends_nothing(self) -> None:
        with later(21 * DAY):
            look_at_engagements()
        self.until(self.dev, 60)
        runner.sweep()
        self.assertIsNone(Membership.objects.get(user=self.dev).ended_at)

    def test_who_goes_with_the_day_leaves_what_they_own_to_a_successor(self) -> None:
        self.look(after=21)
        report = Offboarding.objects.get(membership__user=self.dev)
        self.assertEqual(report.successor, self.membership(self.olivia))
