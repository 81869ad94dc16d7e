"""The months that were taken out of the log: what says so, and whether the log itself says the same."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from audit.models import Event, Leaf
from audit.verifier.kv_audit_verify import Report
from keyvault.ids import uuid7_time

_ROWS = "SELECT month, events, archive, event_id FROM audit_prune ORDER BY month"


@dataclass(frozen=True, slots=True)
class PrunedMonths:
    """By name, as ``2026_01``."""

    names: Collection[str]

    def has(self, event_id: UUID) -> bool:
        return f"{uuid7_time(event_id):%Y_%m}" in self.names


def pruned_months(report: Report) -> PrunedMonths:
    """A row that no event of the log bears out is E_PRUNE, and its month is not taken for pruned."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS)
        rows = cursor.fetchall()
    names = {month for month, *_ in rows}
    borne_out = set()
    for month, events, archive, event_id in rows:
        if _bears_out(event_id, {"month": month, "events": events, "archive": bytes(archive).hex()}, names):
            borne_out.add(month)
        else:
            report.add("E_PRUNE", "", f"{month} is said to be pruned, and no event of the log says the same")
    return PrunedMonths(borne_out)


def _bears_out(event_id: UUID, facts: dict[str, object], months: Collection[str]) -> bool:
    """The event itself, or, once its own month was pruned, its leaf."""
    event = Event.objects.filter(pk=event_id, action="audit:prune").first()
    if event is not None:
        return bool(event.document["details"] == facts)
    is_pruned = f"{uuid7_time(event_id):%Y_%m}" in months
    return is_pruned and Leaf.objects.filter(event_id=event_id).exists()
