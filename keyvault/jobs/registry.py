"""What is done for each kind of job; and, told by the rooms above, who an author is now and who records an end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from keyvault.actor import Actor

if TYPE_CHECKING:
    from keyvault.jobs.models import Author, Job

Handler = Callable[..., None]
"""Called with ``actor`` and the job's arguments as keywords, perhaps more than once for one job: safe to run twice."""

H = TypeVar("H", bound=Handler)

LEASE = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Kind:
    """``lease`` is how long a worker may be silent before another one takes the job over."""

    handler: Handler
    lease: dt.timedelta


@dataclass(slots=True)
class _Ports:
    author: Callable[[Author], Actor | None] | None = None
    ending: Callable[[Job], None] | None = None


_kinds: dict[str, Kind] = {}
_ports = _Ports()


def handles(kind: str, *, lease: dt.timedelta = LEASE) -> Callable[[H], H]:
    """Marks the function that does jobs of this kind; ``lease`` must be longer than it ever takes."""

    def register(handler: H) -> H:
        if kind in _kinds and _kinds[kind].handler is not handler:
            raise ValueError(f"two functions want to do jobs of kind {kind}")
        _kinds[kind] = Kind(handler, lease)
        return handler

    return register


def kind_of(name: str) -> Kind:
    """Raises LookupError for a kind that no ``jobs.py`` of this release knows."""
    if name not in _kinds:
        raise LookupError(f"nothing does jobs of kind {name}")
    return _kinds[name]


def resolve_authors_with(function: Callable[[Author], Actor | None]) -> Callable[[Author], Actor | None]:
    """``function`` makes the actor that an author is today; None where he may not act any more. Set by ``orgs``."""
    _ports.author = function
    return function


def record_endings_with(function: Callable[[Job], None]) -> Callable[[Job], None]:
    """``function`` is called, in its transaction, for each job that ends refused or failed. Set by ``audit``."""
    _ports.ending = function
    return function


def actor_for(author: Author) -> Actor | None:
    if _ports.author is None:
        raise LookupError("nothing says who the authors of jobs are")
    return _ports.author(author)


def tell_ending(job: Job) -> None:
    if _ports.ending is None:
        raise LookupError("nothing records the ends of jobs")
    _ports.ending(job)
