"""Events as rows of a table. Whoever reads them came from the log's own organizations: nothing here asks for rights."""

from collections.abc import Sequence

from audit.models import Event
from keyvault.admin import cells
from keyvault.admin.cells import Tone
from keyvault.admin.parts import Cell, Table

_TONES: dict[str, Tone] = {"success": "ok", "denied": "danger", "error": "warn"}

COLUMNS = ("When", "Who", "Act", "Outcome", "On", "With token", "Address", "Reason")


def table(title: str, events: Sequence[Event], *, empty: str, note: str = "") -> Table:
    return Table(title, COLUMNS, [row(event) for event in events], empty, note)


def row(event: Event) -> list[Cell]:
    entry = event.document
    return [
        cells.link("admin:audit_event_change", f"{event.at:%Y-%m-%d %H:%M:%S}", event.id),
        entry["actor"]["name"],
        cells.code(event.action),
        outcome(event),
        on(event),
        cells.label(entry["token"]),
        entry["ip"] or cells.NOTHING,
        event.reason or cells.NOTHING,
    ]


def outcome(event: Event) -> Cell:
    return cells.badge(event.outcome, _TONES[event.outcome])


def on(event: Event) -> Cell:
    """From the widest to the narrowest."""
    entry = event.document
    parts = [entry[name]["name"] for name in ("org", "project", "env", "secret", "on_token", "about") if entry[name]]
    return " / ".join(parts) or "installation"
