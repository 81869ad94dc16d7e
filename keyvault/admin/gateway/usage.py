"""Usage of the gateway, month by month: by organization, provider and model."""

import datetime as dt
from typing import Any

from django.db.models import Sum
from django.http import HttpRequest
from django.utils import timezone

from accounts.platform import PlatformAct
from gateway.exporting import money
from gateway.metering import price_list
from gateway.models import Hour
from gateway.querysets import HourQuerySet
from keyvault.admin.parts import Cell, Detail, Facts, Tab, Table
from keyvault.admin.single import SinglePage
from keyvault.errors import NotFound

_MONTHS = 12
_MOST = 100
_SUMS = ("requests", "errors", "tokens_in", "tokens_out", "spend")
_HEADS = ("Requests", "Errors", "Tokens in", "Tokens out")


class UsagePage(SinglePage):
    see = PlatformAct.SEE_USAGE
    label, one = "Usage", "request"
    about = "What went through the gateway, by organisation, provider and model"

    def look(self, request: HttpRequest) -> Detail:
        """Of the month in ``?month=2026-11``, or of this one. Raises NotFound for any but the last twelve."""
        months = _months(timezone.now())
        chosen = request.GET.get("month", months[0])
        if chosen not in months:
            raise NotFound
        hours = _hours_of(chosen)
        tabs = [Tab(month, f"?month={month}", month == chosen) for month in months]
        tables = [
            _table("By organisation", "Organisation", hours, "org__name"),
            _table("By provider", "Provider", hours, "provider"),
            _table("By model", "Model", hours.exclude(model=""), "model"),
        ]
        return Detail(self.label, facts=[Facts("Together", _together(hours))], tables=tables, tabs=tabs)


def _months(now: dt.datetime) -> list[str]:
    """The last twelve, this one first."""
    first = now.year * 12 + now.month - 1
    return [f"{number // 12}-{number % 12 + 1:02}" for number in range(first, first - _MONTHS, -1)]


def _hours_of(month: str) -> HourQuerySet:
    start = dt.datetime.strptime(month, "%Y-%m").replace(tzinfo=dt.UTC)
    return Hour.objects.filter(hour__gte=start, hour__lt=(start + dt.timedelta(days=31)).replace(day=1))


def _together(hours: HourQuerySet) -> list[tuple[str, Cell]]:
    total = hours.aggregate(**{name: Sum(name, default=0) for name in _SUMS})
    counts = [(head, f"{total[name]:,}") for head, name in zip(_HEADS, _SUMS[:-1], strict=True)]
    return [*counts, (price_list().currency, money(total["spend"])[:-4])]


def _table(title: str, head: str, hours: HourQuerySet, by: str) -> Table:
    summed: Any = hours.values(by).annotate(**{name: Sum(name) for name in _SUMS}).order_by("-spend", "-requests", by)
    rows: list[list[Cell]] = [
        [row[by], *(f"{row[name]:,}" for name in _SUMS[:-1]), money(row["spend"])[:-4]] for row in summed[:_MOST]
    ]
    return Table(title, (head, *_HEADS, price_list().currency), rows, "Nothing went through the gateway.")
