"""Asking for work, in the transaction of the change that causes it."""

import datetime as dt
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import transaction
from kombu.exceptions import OperationalError

from keyvault.actor import Actor, system
from keyvault.jobs import registry, tasks
from keyvault.jobs.models import Job

log = logging.getLogger(__name__)


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
        transaction.on_commit(partial(nudge, job))
    return job


def nudge(job: Job) -> None:
    """Asks a worker to look at the row now. A lost broker costs seconds until the sweep, never the work."""
    try:
        tasks.run.apply_async(args=(str(job.pk),), retry=False)
    except OperationalError as error:
        log.warning("job %s waits for the sweep: the broker does not answer (%s)", job.pk, type(error).__name__)
