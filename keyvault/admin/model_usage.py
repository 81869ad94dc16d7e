"""What a person's tokens, or one token, used at the gateway in the last 30 days, by provider and model."""

import datetime as dt
from typing import Any

from django.db.models import Q, Sum
from django.utils import timezone

from gateway.exporting import money
from gateway.metering import price_list
from gateway.models import Hour
from keyvault.admin.parts import Table

_DAYS = 30
_MOST = 50
_SUMS = ("requests", "errors", "tokens_in", "tokens_out", "spend")


def table(of: Q) -> Table:
    """``of`` says whose hours: ``Q(token=…)`` or ``Q(person=…)``."""
    hours = Hour.objects.filter(of, hour__gte=timezone.now() - dt.timedelta(days=_DAYS))
    summed: Any = hours.values("provider", "model").annotate(**{name: Sum(name) for name in _SUMS})
    rows = [
        [row["provider"], row["model"] or "–", *(f"{row[name]:,}" for name in _SUMS[:-1]), money(row["spend"])[:-4]]
        for row in summed.order_by("-spend", "-requests")[:_MOST]
    ]
    columns = ("Provider", "Model", "Requests", "Errors", "Tokens in", "Tokens out", price_list().currency)
    return Table("Model usage, 30 days", columns, rows, empty="Nothing went through the gateway.")
