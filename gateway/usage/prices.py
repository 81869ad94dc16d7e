"""What a model's tokens cost: a dated list that operators edit, ``gateway/prices.toml`` or another by setting. Pure.

Money is a whole number of millionths of the list's currency, rounded up for each request.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from gateway.usage.counts import Counts

LIST = Path(__file__).parent.parent / "prices.toml"
MILLION = 1_000_000

# Providers name the snapshots of a model by their date.
_SNAPSHOT = re.compile(r"-(?:\d{4}-\d{2}-\d{2}|\d{8}|latest)$")
_RATES = ("input", "cached", "cache_write", "cache_write_hour", "output")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Millionths of the currency for a million tokens."""

    input: int
    cached: int
    cache_write: int
    cache_write_hour: int
    output: int

    def cost(self, counts: Counts) -> int:
        plain = counts.inward - counts.cached - counts.cache_writes - counts.long_writes
        total = (
            max(plain, 0) * self.input
            + counts.cached * self.cached
            + counts.cache_writes * self.cache_write
            + counts.long_writes * self.cache_write_hour
            + counts.outward * self.output
        )
        return -(-total // MILLION)

    def most(self, inward: int, outward: int) -> int:
        """However the input is split between the cache and the rest."""
        dearest = max(self.input, self.cached, self.cache_write, self.cache_write_hour)
        return -(-(inward * dearest + outward * self.output) // MILLION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """``context`` and ``output_limit`` are the most tokens that the provider takes and gives, which bound what a
    request can cost that says nothing itself. Above ``long_from`` tokens of input all of a request costs ``long``.
    """

    rates: Rates
    context: int
    output_limit: int
    long_from: int = 0
    long: Rates | None = None

    def cost(self, counts: Counts) -> int:
        return self._rates(counts.inward).cost(counts)

    def most(self, inward: int, outward: int) -> int:
        return self._rates(inward).most(inward, outward)

    def _rates(self, inward: int) -> Rates:
        return self.long if self.long and inward > self.long_from else self.rates


@dataclass(frozen=True, slots=True)
class PriceList:
    currency: str
    dated: str
    exact: Mapping[tuple[str, str], Price] = field(repr=False)
    """By provider and model."""
    beginnings: Mapping[str, tuple[tuple[str, Price], ...]] = field(repr=False)
    """By provider, the longest first."""

    def find(self, provider: str, model: str) -> Price | None:
        """By the exact name, by the name without the date of its snapshot, by the longest beginning."""
        name = model.removeprefix("models/")
        found = self.exact.get((provider, name)) or self.exact.get((provider, _SNAPSHOT.sub("", name)))
        if found:
            return found
        for beginning, price in self.beginnings.get(provider, ()):
            if name.startswith(beginning):
                return price
        return None


def load(path: Path = LIST) -> PriceList:
    """Raises ValueError, naming the entry that is wrong, and OSError."""
    said = tomllib.loads(path.read_text(), parse_float=Decimal)
    exact: dict[tuple[str, str], Price] = {}
    beginnings: dict[str, list[tuple[str, Price]]] = {}
    for entry in said.get("model", ()):
        provider, name, price = _parse(entry)
        if name.endswith("*"):
            beginnings.setdefault(provider, []).append((name[:-1], price))
        elif (provider, name) in exact:
            raise ValueError(f"{provider} {name} is there twice")
        else:
            exact[provider, name] = price
    ordered = {provider: tuple(sorted(found, key=lambda each: -len(each[0]))) for provider, found in beginnings.items()}
    return PriceList(str(said.get("currency", "USD")), str(said.get("dated", "")), exact, ordered)


def _parse(entry: Mapping[str, Any]) -> tuple[str, str, Price]:
    provider, name = entry.get("provider"), entry.get("name")
    if not isinstance(provider, str) or not isinstance(name, str) or not name:
        raise ValueError("an entry needs a provider and a name")
    try:
        rates, long = _rates(entry), entry.get("long")
        context, output_limit = int(entry["context"]), int(entry["output_limit"])
        price = Price(
            rates=rates,
            context=context,
            output_limit=output_limit,
            long_from=int(long["above"]) if long else 0,
            long=_rates(long) if long else None,
        )
    except (KeyError, TypeError, ValueError, ArithmeticError) as problem:
        raise ValueError(f"{provider} {name}: {problem!r}") from None
    return provider, name, price


def _rates(entry: Mapping[str, Any]) -> Rates:
    said = {name: _micros(entry[name]) for name in _RATES if name in entry}
    plain = said["input"]
    defaults = {"cached": plain, "cache_write": plain, "cache_write_hour": said.get("cache_write", plain), "output": 0}
    return Rates(**{**defaults, **said})


def _micros(value: Any) -> int:
    amount = Decimal(value) * MILLION
    if not amount.is_finite() or amount < 0 or amount != int(amount):
        raise ValueError(f"{value} is no price")
    return int(amount)
