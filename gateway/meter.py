"""The meter: what a request may take is reserved before it is sent, what it took is booked in the end. No Django."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.limits.asking import FREE, Unreadable, Wish, read
from gateway.limits.catalogue import admits
from gateway.limits.facts import Facts, Kind, Level
from gateway.limits.shares import Granted, Share, Shares, Unknown
from gateway.model import Asked, Refusal, Token
from gateway.ports import Reservation
from gateway.reservation import Metered, Taken
from gateway.usage.journal import CannotWrite
from gateway.usage.prices import Price, PriceList
from gateway.usage.record import Record

_USUAL_OUTPUT = 1000
"""Tokens that a minute is charged with beforehand where the request names no number."""
_BYTES_A_TOKEN = 4
_HELD_BY_OTHERS = 2  # seconds until unused slices are back

_UNRECORDED = Refusal(503, "usage-unrecorded", "What is used cannot be recorded now.", "Try again.", 5)
_UNKNOWN = Refusal(
    503, "limits-unknown", "The gateway cannot tell now what is left of the token's limits.", "Try again.", 2
)

_log = logging.getLogger("gateway")


class Writer(Protocol):
    """The journal."""

    is_closed_to: bool

    def append(self, record: Record) -> None:
        """Raises CannotWrite."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a request is charged with beforehand."""

    wish: Wish
    price: Price | None
    tokens: int
    money: int

    def of(self, kind: Kind) -> int:
        return {Kind.TOKENS: self.tokens, Kind.MONEY: self.money}.get(kind, 1)


_UNREAD = Need(FREE, None, 0, 0)


class Meter:
    """``prices`` is asked for each request, so that a list that an operator edits is taken up."""

    def __init__(self, journal: Writer, shares: Shares, prices: Callable[[], PriceList]) -> None:
        self._journal, self._shares, self._prices = journal, shares, prices

    def wants_body(self, token: Token) -> bool:
        facts = token.limits
        return facts is not None and facts.reads_body

    async def admit(self, token: Token, asked: Asked) -> Reservation | Refusal:
        if self._journal.is_closed_to:
            return _UNRECORDED
        facts = token.limits or Facts(token.id)
        need = _UNREAD
        if facts.reads_body and _is_model_provider(token, asked):
            found = self._need(facts, asked)
            if isinstance(found, Refusal):
                return found
            need = found
        taken: list[Taken] = []
        try:
            refusal = await self._take(token, facts, need, taken) if facts.bounds else None
        except BaseException:  # it is cancelled: the client has left
            _put_back(taken)
            raise
        metered = Metered(self._journal.append, self._prices, token, facts, asked, need.wish, need.money, taken)
        if refusal is None and need.money:
            refusal = self._open(metered)
        if refusal is None:
            return metered
        _put_back(taken)
        return refusal

    def _need(self, facts: Facts, asked: Asked) -> Need | Refusal:
        try:
            wish = read(asked)
        except Unreadable as problem:
            return Refusal(400, problem.rule, problem.sentence)
        for level in facts.levels:
            if level.models and (unlisted := _unlisted(level, asked.provider, wish)):
                return _not_listed(level, unlisted)
        prices = [self._prices().find(asked.provider, model) for model in wish.models]
        outward = (wish.outward or _USUAL_OUTPUT if wish.models else 0) * wish.choices
        tokens = wish.size // _BYTES_A_TOKEN + outward
        if not facts.has_budget:
            return Need(wish, None, tokens, 0)
        if not all(prices):
            return _unpriced(wish, prices)
        return Need(wish, None, tokens, max((_most(wish, price) for price in prices if price), default=0))

    async def _take(self, token: Token, facts: Facts, need: Need, taken: list[Taken]) -> Refusal | None:
        now = time.time()
        for level, kind, most in facts.bounds:
            amount = need.of(kind)
            if not amount:
                continue
            amount = min(amount, most) if kind is Kind.TOKENS else amount
            share = self._shares.find(token.org_id, level, kind, most, now)
            if not share.take(amount):
                refusal = await self._fetch(share, amount, now)
                if refusal:
                    return refusal
            taken.append(Taken(share, amount, share.period))
        return None

    async def _fetch(self, share: Share, amount: int, now: float) -> Refusal | None:
        try:
            granted = await self._shares.fetch(share, amount)
        except Unknown:
            return _UNKNOWN
        return None if granted is None else _exceeded(share, amount, granted, now)

    def _open(self, metered: Metered) -> Refusal | None:
        """A worker that dies under way leaves this line, and what was reserved is booked."""
        try:
            self._journal.append(metered.opened())
        except CannotWrite as problem:
            _log.error("the journal takes no line: %s", problem)
            return _UNRECORDED
        return None


def _put_back(taken: Sequence[Taken]) -> None:
    for share, amount, period in taken:
        share.settle(amount, 0, period)


def _is_model_provider(token: Token, asked: Asked) -> bool:
    binding = token.bindings.get(asked.provider)
    return binding is not None and bool(binding.provider.usage)


def _most(wish: Wish, price: Price) -> int:
    inward = price.context if wish.is_open else min(wish.size, price.context)
    outward = price.output_limit if wish.outward is None else wish.outward
    return price.most(inward, outward * wish.choices)


def _unlisted(level: Level, provider: str, wish: Wish) -> str | None:
    return next((model for model in wish.models if not admits(level.models, provider, model)), None)


def _not_listed(level: Level, model: str) -> Refusal:
    shown = model[:80]
    return Refusal(
        403, "model", f"The {level.name}'s list of models has no “{shown}”.", "An admin can add it to the list."
    )


def _unpriced(wish: Wish, prices: Sequence[Price | None]) -> Refusal:
    model = next(model for model, price in zip(wish.models, prices, strict=True) if price is None)[:80]
    return Refusal(
        403,
        "unpriced",
        f"“{model}” has no price, and the token has a budget.",
        "An operator can add it to the price list.",
    )


def _exceeded(share: Share, amount: int, granted: Granted, now: float) -> Refusal:
    whose = f"the {share.level.name}"
    if share.kind is Kind.MONEY and granted.used + amount > share.most:
        sentence = f"The month's budget of {whose} has not enough left for this request."
        return Refusal(402, "budget", sentence, "Ask for fewer tokens (max_tokens), or an admin for a higher budget.")
    if share.kind is Kind.MONEY:
        sentence = f"What is left of the budget of {whose} is reserved by requests under way."
        return Refusal(429, "budget-reserved", sentence, "Wait for them to end.", _HELD_BY_OTHERS)
    if share.kind is Kind.STREAMS:
        sentence = f"Too many requests of {whose} are under way."
        return Refusal(429, "concurrent", sentence, "Wait for one to end.", _HELD_BY_OTHERS)
    what = "requests" if share.kind is Kind.REQUESTS else "tokens"
    sentence = f"The minute's {what} of {whose} are used up."
    return Refusal(429, f"{what}-per-minute", sentence, "Wait for the next minute.", 60 - int(now) % 60)
