"""How the organization's own log stands, in one banner: sealed, late, troubled, or not begun."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from audit.models import Checkpoint, Event, Leaf, Sealer
from audit.verifying import MERGE_DELAY
from keyvault.ids import uuid7_floor


@dataclass(frozen=True, slots=True)
class Standing:
    """``state`` is ``sealed``, ``late``, ``trouble`` or ``none``. It tells of the seal; the bundle proves it."""

    state: str
    checkpoint: Checkpoint | None
    looked_at: dt.datetime | None

    @property
    def root(self) -> str:
        return bytes(self.checkpoint.root).hex()[:12] if self.checkpoint else ""


def standing_of(org_id: UUID) -> Standing:
    sealer = Sealer.objects.first()
    newest = Checkpoint.objects.filter(log_id=org_id).order_by("-epoch", "-size").first()
    looked_at = sealer.looked_at if sealer else None
    if sealer and sealer.trouble:
        return Standing("trouble", newest, looked_at)
    if newest is None:
        return Standing("none", newest, looked_at)
    due = timezone.now() - MERGE_DELAY
    late = (looked_at is None or looked_at < due) and _waits(org_id, due)
    return Standing("late" if late else "sealed", newest, looked_at)


def _waits(org_id: UUID, due: dt.datetime) -> bool:
    """Of the last ones that are due; the sealer takes them in turn, so that an older one waits no longer."""
    last = Event.objects.filter(org_id=org_id, id__lt=uuid7_floor(due)).order_by("-id").values_list("pk", flat=True)[:1]
    return any(not Leaf.objects.filter(event_id=each).exists() for each in last)
