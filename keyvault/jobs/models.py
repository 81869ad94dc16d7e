"""One piece of work: what, for whom, and how far it is."""

import datetime as dt
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from keyvault.actor import Actor, ActorType, Origin
from keyvault.ids import uuid7, uuid7_time


class State(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


ENDED = (State.DONE, State.REFUSED, State.FAILED)


@dataclass(frozen=True, slots=True)
class Author:
    """Who caused a job, and by which request. Rights are looked up when the job runs, not kept."""

    type: ActorType
    id: UUID | None
    name: str
    org_id: UUID | None
    membership_id: UUID | None
    token_id: UUID | None
    origin: Origin

    @property
    def as_was(self) -> Actor:
        """A name for the log without any right."""
        return Actor(type=self.type, id=self.id, name=self.name, org_id=self.org_id, origin=self.origin)


class JobQuerySet(models.QuerySet["Job"]):
    def due(self) -> Self:
        """Queued and ripe, or left behind by a worker that died: its lease has run out."""
        ripe = Q(state=State.QUEUED, run_after__lte=Now())
        left_behind = Q(state=State.RUNNING, lease_until__lt=Now())
        return self.filter(ripe | left_behind)


class Job(models.Model):
    """Made by :func:`keyvault.jobs.services.enqueue`, moved by :mod:`keyvault.jobs.runner` only.

    ``arguments`` hold identifiers, never a value of a secret. ``last_error`` is a sentence without values.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org_id = models.UUIDField(null=True)
    kind = models.CharField(max_length=100)
    arguments = models.JSONField(default=dict)
    author_type = models.CharField(max_length=10, choices=[(word.value, word.value) for word in ActorType])
    author_id = models.UUIDField(null=True)
    author_name = models.CharField(max_length=512)
    author_membership_id = models.UUIDField(null=True)
    author_token_id = models.UUIDField(null=True)
    request_id = models.UUIDField()
    address = models.GenericIPAddressField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    run_after = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=500, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index("run_after", name="jobs_to_do", condition=Q(state__in=[State.QUEUED, State.RUNNING])),
            models.Index(F("org_id"), F("id").desc(), name="jobs_of_organization"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="job_state_is_known"),
            models.CheckConstraint(
                condition=Q(author_type__in=["person", "service", "system"]), name="job_has_an_author"
            ),
            models.CheckConstraint(
                condition=Q(state=State.RUNNING, lease_until__isnull=False)
                | (~Q(state=State.RUNNING) & Q(lease_until__isnull=True)),
                name="job_has_a_lease_while_it_runs",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ENDED, finished_at__isnull=False)
                | (~Q(state__in=ENDED) & Q(finished_at__isnull=True)),
                name="job_has_an_end_once_it_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.state})"

    @property
    def author(self) -> Author:
        return Author(
            type=ActorType(self.author_type),
            id=self.author_id,
            name=self.author_name,
            org_id=self.org_id,
            membership_id=self.author_membership_id,
            token_id=self.author_token_id,
            origin=Origin(address=self.address, request_id=self.request_id),
        )

    @property
    def created_at(self) -> dt.datetime:
        return uuid7_time(self.id)
