"""What bounds a token: loaded with it, and replaced as a whole when anything of it changes. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

CENT = 10_000
"""Millionths of the currency."""


class Kind(StrEnum):
    """What a pool is of. NOTE: the words are stored in :class:`gateway.models.Pool`."""

    MONEY = "money"  # millionths of the currency, of a month
    REQUESTS = "requests"  # of a minute
    TOKENS = "tokens"  # a model's, of a minute
    STREAMS = "streams"  # requests under way


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The limits of one subject: a token's line, its project, its organization."""

    subject: UUID
    name: str
    """token, project or organization."""
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    concurrent: int | None = None
    monthly_cents: int | None = None
    models: tuple[str, ...] = ()
    """The models that may be asked for: names, or beginnings that end in ``*``, each also as ``<provider>/…``."""

    tools: tuple[str, ...] = ()
    """The tools of MCP servers that may be called, see gateway/proxy/mcp.py; this is not the meter's to ask."""

    @property
    def bounds(self) -> tuple[tuple[Kind, int], ...]:
        """In the order in which they are asked: the cheap before the dear."""
        money = None if self.monthly_cents is None else self.monthly_cents * CENT
        each = (
            (Kind.STREAMS, self.concurrent),
            (Kind.REQUESTS, self.requests_per_minute),
            (Kind.TOKENS, self.tokens_per_minute),
            (Kind.MONEY, money),
        )
        return tuple((kind, most) for kind, most in each if most is not None)


@dataclass(frozen=True, slots=True)
class Facts:
    """``line`` is the first of the tokens that this one continues."""

    line: UUID
    levels: tuple[Level, ...] = ()
    bounds: tuple[tuple[Level, Kind, int], ...] = ()
    reads_body: bool = False
    """Whether a request is admitted only by what its body says."""
    has_budget: bool = False

    @classmethod
    def of(cls, line: UUID, levels: tuple[Level, ...]) -> "Facts":
        bounds = tuple((level, kind, most) for level in levels for kind, most in level.bounds)
        kinds = {kind for _, kind, _ in bounds}
        reads = bool(kinds & {Kind.TOKENS, Kind.MONEY}) or any(level.models for level in levels)
        return cls(line, levels, bounds, reads, Kind.MONEY in kinds)
