"""The newest events of several questions at once, without reading more of the log than is shown."""

from collections.abc import Sequence
from uuid import UUID

from audit.entry import INSTANCE
from audit.models import Event
from audit.querysets import EventQuerySet


def newest(questions: Sequence[EventQuerySet], *, limit: int, before: UUID | None = None) -> list[Event]:
    """The newest of all, at most ``limit``, older than the event ``before``.

    Each question is cut before they are joined, so that it walks its own index no further than ``limit`` rows: the
    columns that events are found by are indexed behind the organization, and an OR would read and sort them all.
    """
    cut = [_cut(question, limit, before) for question in questions]
    if not cut:
        return []
    first, *others = cut
    return list(first.union(*others).order_by("-id")[:limit] if others else first)


def in_organizations(org_ids: Sequence[UUID], *, and_of_the_installation: bool = False) -> list[EventQuerySet]:
    """A question for each."""
    ids = [*org_ids, INSTANCE] if and_of_the_installation else org_ids
    return [Event.objects.filter(org_id=org_id) for org_id in dict.fromkeys(ids)]


def _cut(question: EventQuerySet, limit: int, before: UUID | None) -> EventQuerySet:
    older = question.filter(id__lt=before) if before else question
    return older.order_by("-id")[:limit]
