"""One request at the meter: its answer is read as it passes, and it is booked once. No Django."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from gateway.limits.asking import Wish
from gateway.limits.facts import Facts, Kind
from gateway.limits.shares import Share
from gateway.model import Asked, Ending, Outcome, Token
from gateway.usage.counts import Counts
from gateway.usage.finding import EventsReader, Found, Reader, reader_for, sniff_model
from gateway.usage.journal import CannotWrite
from gateway.usage.prices import PriceList
from gateway.usage.record import Budget, Record

_log = logging.getLogger("gateway")
_BYTES_A_TOKEN = 4
_MODEL_LENGTH = 120


class Taken(NamedTuple):
    """What was taken of a share beforehand, and of which period."""

    share: Share
    amount: int
    period: int


class Metered:
    """A :class:`gateway.ports.Reservation`. ``reserved`` is the money, in millionths of the currency."""

    __slots__ = (
        "_append",
        "_asked",
        "_facts",
        "_prices",
        "_reader",
        "_reserved",
        "_status",
        "_taken",
        "_token",
        "_wish",
    )

    def __init__(
        self,
        append: Callable[[Record], None],
        prices: Callable[[], PriceList],
        token: Token,
        facts: Facts,
        asked: Asked,
        wish: Wish,
        reserved: int,
        taken: Sequence[Taken],
    ) -> None:
        self._append, self._prices, self._token, self._facts = append, prices, token, facts
        self._asked, self._wish, self._reserved, self._taken = asked, wish, reserved, taken
        self._reader: Reader | None = None
        self._status = 0

    def answered(self, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self._status = status
        binding = self._token.bindings.get(self._asked.provider)
        if status >= 400 or binding is None or not binding.provider.usage:
            return
        for name, value in headers:
            if name == b"content-type":
                self._reader = reader_for(value)

    def passed(self, chunk: bytes) -> None:
        if self._reader:
            self._reader.feed(chunk)

    def settle(self, outcome: Outcome) -> None:
        found = self._reader.end() if self._reader else Found()
        counts, estimated = self._counts(found, outcome)
        model = self._model(found)
        spend = self._spend(counts, estimated, model, outcome)
        if outcome.ending is not Ending.REFUSED or self._reserved:
            self._write(self._record(model, counts, spend, estimated, outcome))
        for share, amount, period in self._taken:
            share.settle(amount, self._took(share.kind, counts, spend, estimated, amount), period)

    def opened(self) -> Record:
        """The line that says it is under way."""
        model = self._wish.models[0] if self._wish.models else ""
        outcome = Outcome(Ending.COMPLETE, 0, 0, 0, None, 0.0)
        return self._record(model, Counts(), self._reserved, True, outcome)._replace(ending="")

    def _counts(self, found: Found, outcome: Outcome) -> tuple[Counts, bool]:
        """What the answer said; else a guess, if a model may have answered at all."""
        if found.counts:
            return found.counts, False
        if not self._may_have_cost(outcome):
            return Counts(), False
        size = len(self._asked.body) if self._asked.body else outcome.bytes_in
        events = self._reader.events if isinstance(self._reader, EventsReader) else 0
        return Counts(inward=size // _BYTES_A_TOKEN, outward=events), True

    def _may_have_cost(self, outcome: Outcome) -> bool:
        """Of a model's provider, what was asked and not refused by it. What never reached it costs nothing."""
        if outcome.ending in (Ending.REFUSED, Ending.UPSTREAM_FAILED) and not outcome.status:
            return False
        binding = self._token.bindings.get(self._asked.provider)
        is_asked = binding is not None and bool(binding.provider.usage) and self._asked.method == "POST"
        return is_asked and outcome.status < 400 and (self._reserved > 0 or isinstance(self._reader, EventsReader))

    def _spend(self, counts: Counts, estimated: bool, model: str, outcome: Outcome) -> int:
        """Under a hard budget an answer that does not say what it took is booked as it was reserved."""
        if estimated and self._reserved:
            return self._reserved
        prices, provider = self._prices(), self._asked.provider
        named = [price for each in self._wish.models or (model,) if (price := prices.find(provider, each))]
        said = prices.find(provider, model)
        candidates = [said] if said else named
        return max((price.cost(counts) for price in candidates), default=0)

    def _took(self, kind: Kind, counts: Counts, spend: int, estimated: bool, amount: int) -> int:
        if kind is Kind.STREAMS:
            return 0
        if kind is Kind.MONEY:
            return spend
        if kind is Kind.TOKENS:
            return amount if estimated else counts.inward + counts.outward
        return amount

    def _model(self, found: Found) -> str:
        named = found.model or (self._wish.models[0] if self._wish.models else "")
        if not named and self._asked.body and self._reader:
            named = sniff_model(self._asked.body)
        return named.removeprefix("models/")[:_MODEL_LENGTH]

    def _record(self, model: str, counts: Counts, spend: int, estimated: bool, outcome: Outcome) -> Record:
        token, asked = self._token, self._asked
        return Record(
            asked.request_id,
            int(time.time() * 1000),
            token.org_id,
            token.id,
            self._facts.line,
            token.project.id if token.project else None,
            token.environment.id if token.environment else None,
            asked.provider,
            model,
            str(asked.address) if asked.address else None,
            outcome.ending.value,
            outcome.status,
            outcome.bytes_in,
            outcome.bytes_out,
            counts.inward,
            counts.cached,
            counts.outward,
            spend,
            estimated,
            int(outcome.seconds * 1000),
            tuple(Budget(share.level.subject, period) for share, _, period in self._taken if share.kind is Kind.MONEY),
        )

    def _write(self, record: Record) -> None:
        """An answer cannot be taken back: what could not be written is said in the server's log."""
        try:
            self._append(record)
        except CannotWrite as problem:
            _log.critical("the use of request %s is not in the journal: %s", record.id, problem)
