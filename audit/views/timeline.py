"""The audit log: newest first, by day, with filters in the address; and one event with all that it says."""

import datetime as dt
from uuid import UUID

import orjson
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from audit.models import Event
from audit.querysets import EventQuerySet
from audit.views.asking import DAYS, KINDS, Asked
from audit.views.lines import lines_of
from audit.views.standing import standing_of
from keyvault.console.desk import desk_in, page
from keyvault.errors import NotFound
from keyvault.flows.looking import look
from orgs.permissions import Action

_EVENTS = 60
_NEARBY = dt.timedelta(hours=1)


@login_required
@never_cache
@require_safe
def timeline(request: HttpRequest, org: str) -> HttpResponse:
    """``q``, ``kind``, ``outcome`` and ``days`` choose; ``group=off`` parts like events; ``before`` turns the page."""
    desk, asked = desk_in(request, org), Asked.read(request.GET)
    by = ["q"] if asked.words else []  # never what was typed: people paste tokens anywhere
    details = {"of": "timeline", "by": by, "kind": asked.kind, "outcome": asked.outcome}
    look(actor=desk.actor, action=Action.LIST_EVENTS, on=desk.org.target, details=details)
    found = list(asked.among(Event.objects.visible_to(desk.actor), desk.actor).order_by("-id")[: _EVENTS + 1])
    facts = {
        "asked": asked,
        "kinds": [(name, label) for name, (label, _) in KINDS.items()],
        "days": DAYS,
        "lines": lines_of(found[:_EVENTS], grouped=asked.grouped),
        "older": found[_EVENTS - 1].pk if len(found) > _EVENTS else None,
        "standing": standing_of(desk.org.pk),
    }
    return page(request, desk, "audit/timeline.html", facts, at="audit", fragment="audit/_lines.html")


@login_required
@never_cache
@require_safe
def event(request: HttpRequest, org: str, event_id: UUID) -> HttpResponse:
    desk = desk_in(request, org)
    look(actor=desk.actor, action=Action.LIST_EVENTS, on=desk.org.target, details={"event": str(event_id)})
    found = Event.objects.visible_to(desk.actor).filter(pk=event_id).first()
    if found is None:
        raise NotFound
    [line] = lines_of([found], grouped=False)
    facts = {
        "line": line,
        "receipt": str(found.receipt),
        "details": _readable(found.document["details"]),
        "entry": bytes(found.entry).decode(),
        "together": _together(Event.objects.visible_to(desk.actor), found),
    }
    return page(request, desk, "audit/event.html", facts, at="audit", fragment="audit/_event.html")


def _together(events: EventQuerySet, found: Event) -> int:
    """How many others its request made, an hour before or after: no index is by request, and the log is long."""
    nearby = events.between(found.at - _NEARBY, found.at + _NEARBY)
    return nearby.filter(request_id=found.request_id).exclude(pk=found.pk).count()


def _readable(details: dict[str, object]) -> list[tuple[str, str]]:
    return [
        (name.replace("_", " "), value if isinstance(value, str) else orjson.dumps(value).decode())
        for name, value in details.items()
        if value not in ("", None)
    ]
