"""One line of the journal: a request that was sent, or how it ended. Pure.

NOTE: lines of earlier releases are read when a worker's journal is adopted: fields are only ever added, at the end.
"""

from typing import NamedTuple
from uuid import UUID

import orjson


class Budget(NamedTuple):
    """A hard budget that the request spends from: whose, and when its month began, in Unix seconds."""

    subject: UUID
    period: int


class Record(NamedTuple):
    """``ending`` is empty while the request is under way: then ``spend`` is what was reserved for it.

    ``at`` is in Unix milliseconds: the beginning of one that is under way, the end of one that is not. Spend is in
    millionths of the currency.
    """

    id: UUID
    at: int
    org: UUID
    token: UUID
    line: UUID
    project: UUID | None
    environment: UUID | None
    provider: str
    model: str
    address: str | None
    ending: str
    status: int
    bytes_in: int
    bytes_out: int
    tokens_in: int
    tokens_cached: int
    tokens_out: int
    spend: int
    estimated: bool
    milliseconds: int
    budgets: tuple[Budget, ...]

    @property
    def is_settled(self) -> bool:
        return bool(self.ending)

    @property
    def is_error(self) -> bool:
        return self.ending != "complete" or self.status >= 400


UNKNOWN = "unknown"
"""The ending of a request whose worker died."""


def encode(record: Record) -> bytes:
    return orjson.dumps((*record[:-1], [tuple(budget) for budget in record.budgets]))


def decode(payload: bytes) -> Record:
    """Raises ValueError."""
    said = orjson.loads(payload)
    if not isinstance(said, list) or len(said) < len(Record._fields):
        raise ValueError("no line of usage")
    fields = dict(zip(Record._fields, said, strict=False))
    for name in _IDENTIFIERS:
        fields[name] = UUID(fields[name]) if fields[name] else None
    fields["budgets"] = tuple(Budget(UUID(subject), period) for subject, period in fields["budgets"])
    return Record(**fields)


_IDENTIFIERS = ("id", "org", "token", "line", "project", "environment")


def lost(record: Record) -> Record:
    """Of a request whose worker died under way: the provider may have billed all that was reserved."""
    return record._replace(ending=UNKNOWN, estimated=True)
