"""Kinds of jobs for the tests, authors that may and may not act, and a look at what was done."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock
from uuid import UUID, uuid4

from keyvault.actor import Actor, ActorType, Origin, Role
from keyvault.jobs import registry
from keyvault.jobs.models import Author, Job
from keyvault.jobs.registry import Kind
from keyvault.jobs.services import enqueue
from tests.log import events_of_this_test

ORG = UUID("01990000-0000-7000-8000-00000000ac3e")
ADAM = Actor(
    type=ActorType.PERSON,
    id=uuid4(),
    name="Adam",
    origin=Origin("203.0.113.9", "curl/8.5"),
    org_id=ORG,
    membership_id=uuid4(),
    role=Role.ADMIN,
)


@contextmanager
def doing(handler: Callable[..., None], kind: str = "tests.work") -> Iterator[None]:
    """For the block, jobs of the kind are done by ``handler``."""
    with mock.patch.dict(registry._kinds, {kind: Kind(handler, registry.LEASE)}):
        yield


@contextmanager
def authors_are(resolve: Callable[[Author], Actor | None]) -> Iterator[None]:
    """For the block, ``resolve`` says who an author is today, in place of the rooms above."""
    with mock.patch.object(registry._ports, "author", resolve):
        yield


def still_adam(author: Author) -> Actor | None:
    return ADAM if author.id == ADAM.id and author.membership_id == ADAM.membership_id else None


def queued(author: Actor | None = ADAM, **arguments: Any) -> Job:
    return enqueue("tests.work", arguments=arguments, author=author)


def ripen(job: Job) -> None:
    """As if its wait were over."""
    Job.objects.filter(pk=job.pk).update(run_after=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))


def outlive_lease(job: Job) -> None:
    """As if its worker had died a while ago."""
    Job.objects.filter(pk=job.pk).update(lease_until=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))


def endings(job: Job) -> list[tuple[str, str]]:
    """Outcome and reason of the events about how the job ended."""
    found = events_of_this_test().filter(action="job:run").order_by("id")
    return [(event.outcome, event.reason) for event in found if event.document["about"]["id"] == str(job.pk)]


@contextmanager
def no_events() -> Iterator[None]:
    """For the block, nothing records the ends of jobs."""
    with mock.patch.object(registry._ports, "ending", None):
        yield
