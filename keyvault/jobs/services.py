"""Asking for work, in the transaction of the change that causes it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from keyvault.actor import Actor, system
from keyvault.jobs import registry
from keyvault.jobs.models import ENDED, Job, JobQuerySet
from keyvault.jobs.nudges import nudge

_KEPT = dt.timedelta(days=90)


def enqueue(
    kind: str,
    *,
    arguments: Mapping[str, Any],
    author: Actor | None,
    run_after: dt.datetime | None = None,
) -> Job:
    """Queues one piece of work for ``author``, or for the system if None; not before ``run_after``, else at once.

    ``arguments`` are JSON and become the handler's keywords. Raises LookupError for a kind that nothing does.
    """
    registry.kind_of(kind)
    actor = author or system(f"job {kind}")
    when = {"run_after": run_after} if run_after else {}
    job = Job.objects.create(
        org_id=actor.org_id,
        kind=kind,
        arguments=dict(arguments),
        author_type=actor.type,
        author_id=actor.id,
        author_name=actor.name[:512],
        author_membership_id=actor.membership_id,
        author_token_id=actor.token.token_id if actor.token else None,
        request_id=actor.origin.request_id,
        address=actor.origin.address,
        **when,
    )
    if not run_after:
        _nudge_after_commit(job)
    return job


def forget_old_jobs() -> int:
    """Those that ended long ago; how one ended without its work done is an event as well."""
    return _old_jobs().delete()[0]


def count_old_jobs() -> int:
    return _old_jobs().count()


def _old_jobs() -> JobQuerySet:
    return Job.objects.filter(state__in=ENDED, finished_at__lt=timezone.now() - _KEPT)


def _nudge_after_commit(job: Job) -> None:
    """What is committed stays so, whatever the broker has to say."""

    def tell() -> None:  # not a partial: Django's report of a failed one asks for its qualified name
        nudge(job.pk)

    transaction.on_commit(tell, robust=True)
