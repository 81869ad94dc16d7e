"""The log of all organizations and of the installation, to be read. The newest first, page by page by key."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from psycopg.errors import QueryCanceled

from accounts.access import require_operator
from accounts.platform import PlatformAct
from audit.entry import canonical
from audit.models import Event
from audit.newest import newest
from keyvault.admin import cells, event_rows
from keyvault.admin.entry import operator_of
from keyvault.admin.event_questions import Asked, EventQuestions, asked
from keyvault.admin.page import OperatorPage
from keyvault.admin.parts import Cell, Detail, Facts
from keyvault.errors import NotFound
from keyvault.target import Ref, Target

PATIENCE = 10_000  # milliseconds for one question
_PAGE = 50  # rows
_NAMED = {"org": "Organisation", "project": "Project", "env": "Environment", "secret": "Secret"}
_ALSO_NAMED = {"on_token": "On token", "about": "About", "token": "With token"}


class EventsPage(OperatorPage):
    see = PlatformAct.SEE_EVENTS
    label, one = "Audit log", "event"
    about = "Every act, reads and refusals included, in every organisation"
    unread = ("mac",)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Not the stock list: that one counts, and pages by skipping what it has counted."""
        require_operator(operator_of(request), self.see)
        form = EventQuestions(request.GET)
        answer = asked(form)
        events, note = answered(answer, before=_before(request))
        self.record_list_look(request, [name for name in form.fields if request.GET.get(name)])
        table = event_rows.table("Events", events[:_PAGE], empty="Nothing matches.")
        older = events[_PAGE - 1].pk if len(events) > _PAGE else None
        context = {
            "form": form,
            "table": table,
            "note": note,
            "older": _address(request, older) if older else "",
            "newest": _address(request, None) if "before" in request.GET else "",
            "list_address": "",
        }
        return self.rendered(request, "admin/operators/events.html", self.label, context)

    def targets(self, row: Event) -> list[Target]:
        org = row.document["org"]
        return [Target(org=_ref(org) if org else None, about=Ref(row.pk, row.action))]

    def detail(self, request: HttpRequest, row: Event) -> Detail:
        entry = row.document
        return Detail(
            title=row.action,
            subtitle=event_rows.outcome(row),
            facts=[
                Facts("Who and when", _who(row, entry)),
                Facts("On what", [(label, cells.label(entry[key])) for key, label in (_NAMED | _ALSO_NAMED).items()]),
                Facts("Facts", _facts(row, entry)),
            ],
        )


def answered(answer: Asked, *, before: UUID | None) -> tuple[list[Event], str]:
    """A page and one more, and what to say beside it. A question that no index answers is not waited for for ever."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(PATIENCE)])
            return newest(answer.questions, limit=_PAGE + 1, before=before), answer.note
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return [], "Too many events to look through: name a person, a secret or a token, or a shorter time."


def _who(event: Event, entry: dict[str, Any]) -> list[tuple[str, Cell]]:
    return [
        ("When", f"{event.at:%Y-%m-%d %H:%M:%S.%f} UTC"),
        ("Actor", f"{entry['actor']['name']} ({entry['actor']['type']})"),
        ("Address", entry["ip"] or cells.NOTHING),
        ("User agent", entry["ua"] or cells.NOTHING),
        ("Request", cells.code(entry["req"])),
    ]


def _facts(event: Event, entry: dict[str, Any]) -> list[tuple[str, Cell]]:
    return [
        ("Reason", event.reason or cells.NOTHING),
        ("Version", str(entry["version"] or "") or cells.NOTHING),
        ("Details", cells.code(canonical(entry["details"]).decode()) if entry["details"] else cells.NOTHING),
        ("Receipt", cells.code(str(event.receipt))),
    ]


def _ref(entry: dict[str, str]) -> Ref:
    return Ref(UUID(entry["id"]), entry["name"])


def _before(request: HttpRequest) -> UUID | None:
    """Raises NotFound for what no link of ours says."""
    text = request.GET.get("before")
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


def _address(request: HttpRequest, before: UUID | None) -> str:
    kept = {name: value for name, value in request.GET.items() if name != "before" and value}
    return f"?{urlencode({**kept, 'before': str(before)} if before else kept)}"
