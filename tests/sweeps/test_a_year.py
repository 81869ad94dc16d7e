"""A year of an organization, looked at every day by every sweep: what is said, done and left alone, each once."""

from collections import Counter
from unittest import mock

from django.core import mail
from django.utils import timezone

from audit.models import Event
from keyvault.actor import Role, Verb
from keyvault.flows.sweeps.catalogue import SWEEPS
from keyvault.flows.sweeps.models import SweepRun
from keyvault.flows.sweeps.runner import is_due, look_at_sweeps
from keyvault.jobs import runner
from keyvault.jobs.models import Job
from keyvault.secrets.models import Secret
from keyvault.secrets.services.removing import delete_secret
from keyvault.secrets.services.storing import About, change_secret
from orgs.models import Invitation, Membership
from orgs.services.invitations import invite_person
from tests.sweeps.scene import DAY, SweepTestCase
from tokens.models import AccessToken, SealedToken, TokenState

_STEP = 3  # days between looks: the order of things is the same as with every day


class YearTests(SweepTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.idle = self.personal(self.vera, "Idle laptop", lifetime=365 * DAY).token
        self.busy = self.of_service("Busy job", lifetime=365 * DAY).token
        self.short = self.personal(self.dev, "Short visit", lifetime=60 * DAY).token
        self.offer = self.personal(self.olivia, "For Adam", owner=self.membership(self.adam), lifetime=365 * DAY).token
        self.rotating = self.stored("ROTATING", "sk_test_to_be_rotated_once")
        about = About(rotate_by=(timezone.now() + 40 * DAY).date(), owner=self.membership(self.dev))
        change_secret(actor=self.owner(), secret=self.rotating, about=about)
        self.unread = self.stored("UNREAD", "sk_test_nobody_ever_reads")
        self.deleted = self.stored("DELETED", "sk_test_thrown_away_key")
        delete_secret(actor=self.let(self.dev, Verb.DELETE), secret=self.deleted)
        self.shared = self.stored("SHARED", "sk_live_the_same_in_both", self.production)
        self.stored("SHARED", "sk_live_the_same_in_both", self.development)
        self.let(self.adam, Verb.READ, environment=self.production)
        invite_person(actor=self.owner(), org=self.acme, email="ina@guest.example", role=Role.VIEWER)
        Membership.objects.filter(user=self.dev).update(ended_at=timezone.now())  # past every road that tidies up
        mail.outbox.clear()
        self.forget_events()

    def test_a_year(self) -> None:
        self.done: Counter[str] = Counter()
        for day in (*range(0, 364, _STEP), 364):
            self.used(self.busy, day=day)
            for name, found in self.sweep_all(day + 0.5).items():
                self.done.update({f"{name}: {what}": count for what, count in found.items()})
        self.assertTokens()
        self.assertSecrets()
        self.assertPeople()
        self.assertReviews()
        self.assertRuns()

    def assertTokens(self) -> None:
        self.assertEqual(self.did("stale-tokens"), {"noticed": 1, "paused": 1, "revoked": 1})
        self.assertEqual(self.now(self.idle).revoked_cause, "unused")
        self.assertEqual(self.now(self.busy).state, TokenState.ACTIVE)
        said = {"in_30_days": 1, "in_14_days": 1, "in_7_days": 1, "in_1_days": 1}
        self.assertEqual(self.did("expiring-tokens"), said)
        self.assertEqual(self.now(self.offer).revoked_cause, "the offer was not opened")
        self.assertFalse(SealedToken.objects.exists())

    def assertSecrets(self) -> None:
        self.assertEqual(
            self.did("rotation"), {"in_30_days": 1, "in_14_days": 1, "in_7_days": 1, "in_1_days": 1, "overdue": 1}
        )
        self.assertFalse(Secret.objects.filter(pk=self.deleted.pk).exists())
        self.assertEqual(self.did("purge-deleted"), {"purged": 1})
        names = {event.document["secret"]["name"] for event in self.said("secret:never-read")}
        self.assertEqual(names, {"ROTATING", "UNREAD", "SHARED"})
        self.assertEqual(len(self.said("secret:never-read")), 4)

    def assertPeople(self) -> None:
        self.assertEqual(self.now(self.short).revoked_cause, "the membership ended")
        self.assertEqual(self.did("leavers"), {"tidied": 1})
        self.assertEqual(Invitation.objects.get(email="ina@guest.example").state, "withdrawn")

    def assertReviews(self) -> None:
        reviews = [event for event in self.said("organization:review") if event.org_id == self.acme.pk]
        self.assertIn(len(reviews), (12, 13))
        months = [event.document["details"]["month"] for event in reviews]
        self.assertEqual(len(months), len(set(months)))
        mails = [message for message in mail.outbox if "review for" in message.subject]
        to = Counter(message.to[0] for message in mails)
        self.assertEqual(to["adam@acme.example"], len(reviews))
        self.assertEqual(to["olivia@acme.example"], len(reviews))
        self.assertEqual(to["dev@acme.example"], 0)
        body = str(next(message.body for message in mails if "Acme" in message.subject))
        self.assertIn("Production values that another environment holds too: 1\n  shop/production/SHARED", body)
        self.assertIn("adam@acme.example", body)
        self.assertNotIn("sk_", "".join(str(message.body) for message in mail.outbox))

    def assertRuns(self) -> None:
        runs = SweepRun.objects.filter(dry=False)
        self.assertEqual(set(runs.values_list("name", flat=True)), set(SWEEPS))
        self.assertFalse(runs.filter(finished_at=None).exists())
        self.assertFalse(runs.filter(more=True).exists())
        self.assertEqual([what for what in self.done if "failed" in what], [])

    def did(self, name: str) -> dict[str, int]:
        return {what.partition(": ")[2]: n for what, n in self.done.items() if what.startswith(f"{name}: ")}

    def said(self, action: str) -> list[Event]:
        return list(Event.objects.filter(id__gt=self._seen, action=action).order_by("id"))


class DueTests(SweepTestCase):
    def test_each_sweep_is_queued_once_and_again_when_its_time_has_come(self) -> None:
        self.assertEqual(set(look_at_sweeps()), set(SWEEPS))
        self.assertEqual(look_at_sweeps(), [])
        runner.sweep()
        self.assertEqual(Job.objects.filter(kind="sweeps.run", state="done").count(), len(SWEEPS))
        self.assertEqual(look_at_sweeps(), [])
        with self.on_day(0.1):
            self.assertEqual({name for name in SWEEPS if is_due(name)}, {"purge-deleted", "engagements"})
        with self.on_day(40):
            self.assertEqual(set(look_at_sweeps()), set(SWEEPS))

    def test_a_run_that_was_cut_off_is_done_again(self) -> None:
        self.sweep("rotation")
        self.assertFalse(is_due("rotation"))
        SweepRun.objects.update(finished_at=None)
        self.assertTrue(is_due("rotation"))


class BoundsTests(SweepTestCase):
    def test_what_is_left_is_for_the_next_run(self) -> None:
        for number in range(5):
            self.personal(self.dev, f"Laptop {number}", lifetime=365 * DAY)
        with mock.patch("keyvault.flows.sweeps.steps.BATCH", 2), mock.patch("keyvault.flows.sweeps.steps.MOST", 2):
            first = self.sweep("stale-tokens", day=91)
            self.assertEqual((first.result["noticed"], first.more), (2, True))
            with self.on_day(91):
                self.assertTrue(is_due("stale-tokens"))
            self.sweep("stale-tokens", day=91)
        last = self.sweep("stale-tokens", day=91)
        self.assertEqual((last.result["noticed"], last.more), (1, False))
        self.assertEqual(AccessToken.objects.filter(review__noticed_at__isnull=False).count(), 5)
