"""What a sweep is made of: steps that say what is due, and do it row by row or all at once."""

import datetime as dt
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from django.db import models

from keyvault.actor import Actor
from keyvault.errors import KeyVaultError

BATCH = 200
MOST = 5000
"""Rows that one step does in one run; the rest is for the next."""

COUNTED = 10_000
"""A dry run counts no further."""

M = TypeVar("M", bound=models.Model)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """``skipped`` were not due any more when their turn came; ``failed`` are tried again by the next run."""

    done: int = 0
    skipped: int = 0
    failed: int = 0
    more: bool = False


class Step(Protocol):
    @property
    def what(self) -> str:
        """What its result is counted as: a key of an event, so words joined by underscores."""

    def count(self) -> int:
        """How many are due, or 1 where that is not counted."""

    def run(self, actor: Actor, deadline: float) -> Outcome:
        """``deadline`` is one of ``time.monotonic()``."""


@dataclass(frozen=True, slots=True)
class EachRow(Generic[M]):
    """``due`` are rows whose key is a UUID, ``act`` does one in a transaction of its own and says whether it was due.

    What is done is due no more, so that a run which is cut off, late or beside another one does nothing twice.
    """

    what: str
    due: Callable[[], "models.QuerySet[M]"]
    act: Callable[[Actor, M], bool]

    def count(self) -> int:
        return self.due().order_by()[:COUNTED].count()

    def run(self, actor: Actor, deadline: float) -> Outcome:
        done = skipped = failed = 0
        after = UUID(int=0)
        while time.monotonic() < deadline and done + skipped + failed < MOST:
            rows = list(self.due().order_by("pk").filter(pk__gt=after)[:BATCH])
            if not rows:
                return Outcome(done, skipped, failed)
            for row in rows:
                match self._acted(actor, row):
                    case True:
                        done += 1
                    case False:
                        skipped += 1
                    case None:
                        failed += 1
            after = rows[-1].pk
        return Outcome(done, skipped, failed, more=True)

    def _acted(self, actor: Actor, row: M) -> bool | None:
        """None where it was refused: one row's fault does not end the others'."""
        try:
            return self.act(actor, row)
        except KeyVaultError as refusal:
            log.warning("%s of %s was refused: %s", self.what, row.pk, refusal.rule)
            return None


@dataclass(frozen=True, slots=True)
class AtOnce:
    """``act`` does it all in a few statements and returns how many; ``due`` counts them before."""

    what: str
    due: Callable[[], int]
    act: Callable[[], int]

    def count(self) -> int:
        return self.due()

    def run(self, actor: Actor, deadline: float) -> Outcome:
        return Outcome(self.act())


@dataclass(frozen=True, slots=True)
class Sweep:
    """``every`` is the time between the beginnings of two runs."""

    name: str
    about: str
    every: dt.timedelta
    steps: tuple[Step, ...]
