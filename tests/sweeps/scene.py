"""Days that pass: the product's clock at some day of a year, and the sweeps and jobs of that day."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.core import mail
from django.utils import timezone

from keyvault.actor import system
from keyvault.flows.sweeps.catalogue import SWEEPS
from keyvault.flows.sweeps.models import SweepRun
from keyvault.flows.sweeps.runner import run_sweep
from keyvault.jobs.models import Job, State
from keyvault.jobs.runner import run
from tests.clock import later
from tests.secrets.scene import Keys
from tests.tokens.scene import TokenTestCase
from tokens.models import AccessToken, TokenUse

DAY = dt.timedelta(days=1)
PRODUCT = system("sweep")


class SweepTestCase(Keys, TokenTestCase):
    """Days count from the beginning of the test, on which everything was made."""

    @contextmanager
    def on_day(self, day: float) -> Iterator[None]:
        with later(day * DAY):
            yield

    def sweep(self, name: str, *, day: float = 0, dry: bool = False) -> SweepRun:
        """The run, and the jobs that come of it."""
        with self.on_day(day):
            made = run_sweep(name, actor=PRODUCT, dry=dry)
            for job in Job.objects.filter(state=State.QUEUED, kind__startswith="sweeps.tell"):
                run(job.pk)
        return made

    def sweep_all(self, day: float) -> dict[str, dict[str, int]]:
        """What came of each that did something."""
        results = {name: self.sweep(name, day=day).result for name in SWEEPS}
        counted = {name: {what: n for what, n in found.items() if n} for name, found in results.items()}
        return {name: found for name, found in counted.items() if found}

    def used(self, token: AccessToken, *, day: float) -> None:
        with self.on_day(day):
            now = timezone.now()
        TokenUse.objects.update_or_create(token=token, defaults={"org_id": token.org_id, "last_at": now})

    def told(self) -> list[tuple[str, str]]:
        told = [(message.to[0], str(message.subject)) for message in mail.outbox]
        mail.outbox.clear()
        return told
