"""The operators' page of sweeps, and the command: last runs, results, a dry run at the press of a button."""

import io

from django.core.management import CommandError, call_command

from accounts.platform import PlatformAct
from keyvault.actor import PlatformRole
from keyvault.flows.sweeps.catalogue import SWEEPS
from keyvault.flows.sweeps.models import SweepRun
from tests.admin.scene import SWEEPS as PAGE
from tests.admin.scene import desk, make_operator
from tests.sweeps.scene import DAY, SweepTestCase
from tests.web.scene import quickly


@quickly
class SweepsPageTests(SweepTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.desk = desk(make_operator(PlatformRole.SUPER_ADMIN))

    def test_runs_are_listed_with_what_came_of_them(self) -> None:
        self.personal(self.dev, "Old laptop", lifetime=365 * DAY)
        run = self.sweep("stale-tokens", day=91)
        self.assertContains(self.desk.get(PAGE), "1 noticed")
        detail = self.desk.get(f"{PAGE}{run.pk}/")
        self.assertContains(detail, "Tells owners of unused tokens")
        self.assertContains(detail, f"{PAGE}dry-run/stale-tokens")
        self.assertNotContains(detail, "Old laptop")

    def test_a_dry_run_is_a_post_and_changes_nothing(self) -> None:
        address = f"{PAGE}dry-run/purge-deleted"
        self.assertContains(self.desk.get(address), "changes nothing")
        self.assertFalse(SweepRun.objects.exists())
        self.forget_events()
        self.assertEqual(self.desk.post(address)["Location"], f"{PAGE}?sweep=purge-deleted")
        self.assertTrue(SweepRun.objects.get().dry)
        self.assertEventsInclude("sweep:try")

    def test_an_auditor_looks_and_tries_nothing(self) -> None:
        auditor = desk(make_operator(PlatformRole.AUDITOR, email="audit@platform.example"))
        self.sweep("partitions")
        self.assertEqual(auditor.get(PAGE).status_code, 200)
        self.forget_events()
        self.assertEqual(auditor.post(f"{PAGE}dry-run/partitions").status_code, 403)
        self.assertEvents(f"{PlatformAct.TRY_SWEEP}:denied")

    def test_no_such_sweep(self) -> None:
        self.assertEqual(self.desk.get(f"{PAGE}dry-run/everything").status_code, 404)


class CommandTests(SweepTestCase):
    def run_command(self, *arguments: str) -> str:
        answer = io.StringIO()
        call_command("sweep", *arguments, stdout=answer)
        return answer.getvalue()

    def test_every_sweep_by_name_dry_and_done(self) -> None:
        for name in SWEEPS:
            self.assertIn("Nothing was changed", self.run_command(name, "--dry-run"))
            self.assertNotIn("Nothing was changed", self.run_command(name))
        self.assertEqual(SweepRun.objects.filter(finished_at__isnull=False).count(), 2 * len(SWEEPS))

    def test_without_a_name_it_says_which_there_are(self) -> None:
        listed = self.run_command()
        for name in SWEEPS:
            self.assertIn(name, listed)
        self.assertIn("never ran", listed)

    def test_no_such_sweep(self) -> None:
        with self.assertRaisesRegex(CommandError, "There is no sweep everything: stale-tokens"):
            self.run_command("everything")
