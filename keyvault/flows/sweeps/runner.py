"""Running sweeps: when each is due, and the row and the event of every run."""

import time

from django.db import transaction
from django.utils import timezone

from accounts.access import INSTALLATION, require_operator
from accounts.platform import PlatformAct
from audit.services import JSON, record
from keyvault.actor import Actor
from keyvault.flows.sweeps.catalogue import SWEEPS, find_sweep
from keyvault.flows.sweeps.models import SweepRun
from keyvault.flows.sweeps.steps import Step
from keyvault.jobs.models import Job, State
from keyvault.jobs.services import enqueue
from keyvault.target import Ref, Target

RUN = "sweeps.run"
RUN_EVENT = "sweep:run"
SECONDS = 120.0
"""After which a run leaves the rest to the next; the job's lease is longer."""


def look_at_sweeps() -> list[str]:
    """Queues a job for each sweep that is due, made once however often one looks. Returns their names."""
    waiting = Job.objects.filter(kind=RUN, state__in=[State.QUEUED, State.RUNNING])
    busy = {job.arguments.get("sweep") for job in waiting}
    due = [name for name in SWEEPS if name not in busy and is_due(name)]
    for name in due:
        enqueue(RUN, arguments={"sweep": name}, author=None)
    return due


def is_due(name: str) -> bool:
    """By the last run that came to its end; one that left something is followed at once."""
    last = SweepRun.objects.filter(name=name, dry=False, finished_at__isnull=False).order_by("-began_at").first()
    return last is None or last.more or last.began_at + SWEEPS[name].every <= timezone.now()


def run_sweep(name: str, *, actor: Actor, dry: bool = False, seconds: float = SECONDS) -> SweepRun:
    """Raises NotFound. What is done is committed row by row; the run itself when it has come to its end."""
    sweep = find_sweep(name)
    run = SweepRun.objects.create(name=name, dry=dry, by=actor.name[:254], began_at=timezone.now())
    deadline = time.monotonic() + seconds
    for step in sweep.steps:
        if dry:
            run.result[step.what] = step.count()
        else:
            run.more |= _do(step, actor, deadline, run.result)
    _finish(run, actor)
    return run


def try_sweep(*, actor: Actor, name: str) -> SweepRun:
    """A dry run by an operator: what would be done now, counted."""
    require_operator(actor, PlatformAct.TRY_SWEEP)
    return run_sweep(name, actor=actor, dry=True)


def _do(step: Step, actor: Actor, deadline: float, result: dict[str, int]) -> bool:
    done = step.run(actor, deadline)
    result[step.what] = done.done
    for word, count in (("skipped", done.skipped), ("failed", done.failed)):
        if count:
            result[f"{step.what}_{word}"] = count
    return done.more


def _finish(run: SweepRun, actor: Actor) -> None:
    with transaction.atomic():
        run.finished_at = timezone.now()
        run.save(update_fields=["finished_at", "more", "result"])
        if run.dry or any(run.result.values()):
            details: dict[str, JSON] = {"dry": run.dry, "more": run.more, "counts": dict(run.result)}
            on = Target(org=INSTALLATION.org, about=Ref(run.pk, run.name))
            record(PlatformAct.TRY_SWEEP if run.dry else RUN_EVENT, actor=actor, on=on, details=details)
