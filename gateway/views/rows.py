"""Sums of usage as rows of a table, under the names that things have now."""

from dataclasses import dataclass
from typing import Any

from gateway import exporting, queries
from gateway.naming import names
from keyvault.actor import Actor

_MOST = 50


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    key: Any
    sums: dict[str, Any]

    @property
    def spend(self) -> str:
        return exporting.money(self.sums["spend"])[:-4]

    @property
    def errors(self) -> float:
        return 100.0 * int(self.sums["errors"]) / max(int(self.sums["requests"]), 1)


def rows_of(actor: Actor, by: str, asked: queries.Asked) -> list[Row]:
    """Two queries; what cost most comes first."""
    found = queries.summed(actor, by, asked)[:_MOST]
    called = names(by, (row["key"] for row in found)) if by not in ("provider", "model") else {}
    return [Row(called.get(row["key"], str(row["key"] or "–")), row["key"], row) for row in found]
