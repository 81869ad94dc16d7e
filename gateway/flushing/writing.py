"""One batch of lines into the database, in one transaction; a line that is there already counts for nothing."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from gateway.flushing import statements
from gateway.flushing.whose import Owner, owners
from gateway.usage.latency import BUCKETS, bucket_of
from gateway.usage.record import Record
from keyvault.actor import Origin
from keyvault.ids import uuid7
from tokens import last_use


def write(records: Sequence[Record], worker: UUID) -> int:
    """``records`` are settled ones that ``worker`` wrote. The number that was new. Raises django.db.Error."""
    if not records:
        return 0
    with transaction.atomic():
        known = _insert(records)
        new = [record for record in records if record.id in known]
        if new:
            _sum(new)
            _spend(new, worker)
    for record in new:
        last_use.note(record.token, Origin(address=record.address), _moment(record))
    last_use.flush()
    return len(new)


def release(worker: UUID) -> None:
    """Its slices go back to their pools. Raises django.db.Error."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statements.RELEASE, {"worker": worker})


def _insert(records: Sequence[Record]) -> set[UUID]:
    rows = [
        (r.id, r.org, _moment(r), r.token, r.line, r.project, r.environment, r.provider, r.model, r.address, r.ending,
         r.status, r.bytes_in, r.bytes_out, r.tokens_in, r.tokens_cached, r.tokens_out, r.spend, r.estimated,
         r.milliseconds)
        for r in {record.id: record for record in records}.values()
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(statements.REQUESTS, [list(column) for column in zip(*rows, strict=True)])
        return {identifier for (identifier,) in cursor.fetchall()}


@dataclass(slots=True)
class Sum:
    requests: int = 0
    errors: int = 0
    estimated: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    spend: int = 0
    milliseconds: int = 0
    slowest: int = 0
    latencies: list[int] = field(default_factory=lambda: [0] * BUCKETS)

    def add(self, record: Record) -> None:
        self.requests += 1
        self.errors += record.is_error
        self.estimated += record.estimated
        self.bytes_in += record.bytes_in
        self.bytes_out += record.bytes_out
        self.tokens_in += record.tokens_in
        self.tokens_cached += record.tokens_cached
        self.tokens_out += record.tokens_out
        self.spend += record.spend
        self.milliseconds += record.milliseconds
        self.slowest = max(self.slowest, record.milliseconds)
        self.latencies[bucket_of(record.milliseconds)] += 1

    @property
    def row(self) -> tuple[Any, ...]:
        tokens = (self.tokens_in, self.tokens_cached, self.tokens_out)
        counts = (self.requests, self.errors, self.estimated, self.bytes_in, self.bytes_out)
        return *counts, *tokens, self.spend, self.milliseconds, self.slowest, self.latencies


def _sum(records: Sequence[Record]) -> None:
    whose = owners({record.token for record in records})
    hours: dict[tuple[Any, ...], Sum] = defaultdict(Sum)
    minutes: dict[tuple[Any, ...], Sum] = defaultdict(Sum)
    for record in records:
        at = _moment(record)
        hour = at.replace(minute=0, second=0, microsecond=0)
        place = (record.project, record.environment)
        hours[record.org, hour, record.token, record.provider, record.model, place].add(record)
        minute = at.replace(second=0, microsecond=0)
        minutes[record.org, minute, record.token, record.provider, record.address].add(record)
    with connection.cursor() as cursor:
        cursor.executemany(statements.HOURS, [_hour(key, total, whose) for key, total in _ordered(hours)])
        cursor.executemany(statements.MINUTES, [_minute(key, total) for key, total in _ordered(minutes)])


def _hour(key: tuple[Any, ...], total: Sum, whose: Mapping[UUID, Owner]) -> tuple[Any, ...]:
    org, hour, token, provider, model, (project, environment) = key
    owner = whose.get(token)
    person, service = (owner.person, owner.service) if owner else (None, None)
    return uuid7(), org, hour, token, person, service, project, environment, provider, model, *total.row


def _minute(key: tuple[Any, ...], total: Sum) -> tuple[Any, ...]:
    tokens = total.tokens_in + total.tokens_out
    return uuid7(), *key, total.requests, total.errors, tokens, total.spend


def _spend(records: Sequence[Record], worker: UUID) -> None:
    """What was spent of everybody it counts for, also where nothing bounds it yet; and out of the worker's slices."""
    pools: dict[tuple[UUID, UUID, int], int] = defaultdict(int)
    slices: dict[tuple[UUID, int], int] = defaultdict(int)
    for record in records:
        period = _month(record)
        for subject in {record.line, record.project, record.org} - {None}:
            if record.spend and subject:
                pools[record.org, subject, _reserved_in(record, subject, period)] += record.spend
        for budget in record.budgets:
            slices[budget.subject, budget.period] += record.spend
    with connection.cursor() as cursor:
        cursor.executemany(statements.SPENT, [(uuid7(), *key, spend) for key, spend in _ordered(pools)])
        for (subject, period), spend in _ordered(slices):
            facts = {"worker": worker, "subject": subject, "period": period, "spend": spend}
            cursor.execute(statements.OUT_OF_SLICE, facts)


def _reserved_in(record: Record, subject: UUID, period: int) -> int:
    """A request that begins in one month and ends in the next is spent of the first, where it was reserved."""
    return next((budget.period for budget in record.budgets if budget.subject == subject), period)


def _month(record: Record) -> int:
    at = _moment(record)
    return int(at.replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp())


def _moment(record: Record) -> dt.datetime:
    return dt.datetime.fromtimestamp(record.at / 1000, tz=dt.UTC)


def _ordered(sums: Mapping[Any, Any]) -> Iterable[tuple[Any, Any]]:
    return sorted(sums.items(), key=lambda each: str(each[0]))
