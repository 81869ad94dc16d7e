"""Running jobs: claim the row, do the work as its author is today, write down the end."""

import datetime as dt
import logging
import time
import traceback
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from keyvault.actor import ActorType, system
from keyvault.errors import KeyVaultError, NotAllowed, NotFound
from keyvault.jobs import registry
from keyvault.jobs.models import Job, State

log = logging.getLogger(__name__)

BACK_OFF = tuple(dt.timedelta(seconds=seconds) for seconds in (10, 60, 300, 1800, 7200))
"""The waits between attempts."""

ATTEMPTS = len(BACK_OFF) + 1
ERROR_LIMIT = 500

SWEEP_TIME = 60.0  # seconds after which a sweep leaves the rest to the next


def run(job_id: UUID) -> None:
    """Does the job if it is due and nobody else does it; returns at once if not."""
    job = _claim(job_id)
    if job is not None:
        _attempt(job)


def sweep() -> int:
    """Does what no nudge has brought: lost messages, waited-out retries, jobs of killed workers. Returns how many."""
    done, deadline = 0, time.monotonic() + SWEEP_TIME
    while time.monotonic() < deadline and (job := _claim()) is not None:
        _attempt(job)
        done += 1
    return done


def _claim(job_id: UUID | None = None) -> Job | None:
    """A row that others have locked is theirs. The lease is committed before the work begins."""
    due = Job.objects.due().order_by("run_after", "id")
    with transaction.atomic():
        job = (due.filter(pk=job_id) if job_id else due).select_for_update(skip_locked=True).first()
        if job is None:
            return None
        now = timezone.now()
        job.state, job.started_at, job.lease_until = State.RUNNING, now, now + _lease(job)
        job.attempts += 1
        job.save(update_fields=["state", "started_at", "lease_until", "attempts"])
    return job


def _attempt(job: Job) -> None:
    if job.attempts > ATTEMPTS:
        _end(job, State.FAILED, "The worker died at every attempt.")
        return
    try:
        _work(job)
    except (NotAllowed, NotFound) as refusal:  # no later attempt finds it otherwise
        _end(job, State.REFUSED, refusal.detail)
    except Exception as error:  # the edge of a worker: one job's fault must not end the others
        _log(job, error)
        _put_off(job, _sentence(error))
    else:
        _end(job, State.DONE, "")


def _work(job: Job) -> None:
    handler = registry.kind_of(job.kind).handler
    actor = system(job.author_name) if job.author_type == ActorType.SYSTEM else registry.actor_for(job.author)
    if actor is None:
        raise NotAllowed("The author may not act in this organization any more.", rule="author-left")
    handler(actor=actor, **job.arguments)


def _put_off(job: Job, sentence: str) -> None:
    if job.attempts == ATTEMPTS:
        _end(job, State.FAILED, sentence)
        return
    again = timezone.now() + BACK_OFF[job.attempts - 1]
    _move(job, state=State.QUEUED, run_after=again, last_error=sentence)


def _end(job: Job, state: State, sentence: str) -> None:
    """An end without the work is an event, in the same transaction."""
    with transaction.atomic():
        moved = _move(job, state=state, finished_at=timezone.now(), last_error=sentence)
        if moved and state != State.DONE:
            registry.tell_ending(job)


def _move(job: Job, **changes: Any) -> bool:
    """Only where this attempt still holds the job: after its lease another one may have taken it over."""
    for name, value in {"lease_until": None, **changes}.items():
        setattr(job, name, value[:ERROR_LIMIT] if name == "last_error" else value)
    mine = Job.objects.filter(pk=job.pk, state=State.RUNNING, attempts=job.attempts)
    return bool(mine.update(**{name: getattr(job, name) for name in {"lease_until", *changes}}))


def _lease(job: Job) -> dt.timedelta:
    try:
        return registry.kind_of(job.kind).lease
    except LookupError:  # a newer release's kind: the attempt will say so
        return registry.LEASE


def _sentence(error: Exception) -> str:
    """Only our own refusals speak for themselves: what others write into exceptions may hold values."""
    return error.detail if isinstance(error, KeyVaultError) else f"It stopped at an unexpected {type(error).__name__}."


def _log(job: Job, error: Exception) -> None:
    """The places without the exception's text, for the same reason."""
    places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(traceback.extract_tb(error.__traceback__)))
    log.error("job %s (%s), attempt %d: %s at %s", job.pk, job.kind, job.attempts, type(error).__name__, places)
