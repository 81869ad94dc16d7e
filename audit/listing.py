"""The log as lines for other tools: JSON lines with each entry as it is, or CSV whose cells no spreadsheet executes.

Both are projections: what proves the log is the bundle. ``leaf_index`` and ``leaf_hash`` say where a line lies in it.
"""

import csv
import io
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import orjson

from audit.snapshot import one_moment, streamed

FORMATS = ("jsonl", "csv")

_EVENTS = """
    SELECT leaf_index, leaf_hash, entry FROM audit_leaf JOIN audit_event ON audit_event.id = audit_leaf.event_id
    WHERE log_id = %s ORDER BY epoch, leaf_index
"""
_HEADER = (
    *("leaf_index", "leaf_hash", "id", "ts", "org", "actor_type", "actor", "action", "outcome", "project", "env"),
    *("secret", "version", "token", "on_token", "about", "ip", "ua", "req", "reason", "details"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def lines(format_: str, org_id: UUID) -> Iterator[str]:
    """Every sealed event of the organization, in the order of its log, each line with its end."""
    with one_moment():
        if format_ == "csv":
            yield csv_line(_HEADER)
        for index, digest, entry in streamed(_EVENTS, [org_id]):
            yield _row(index, bytes(digest), bytes(entry)) if format_ == "csv" else _line(index, digest, bytes(entry))


def _line(index: int, digest: bytes, entry: bytes) -> str:
    """The entry stays byte for byte what was hashed."""
    return f'{{"leaf_index":{index},"leaf_hash":"{bytes(digest).hex()}","entry":{entry.decode()}}}\n'


def _row(index: int, digest: bytes, entry: bytes) -> str:
    event = orjson.loads(entry)
    named = {key: (event[key] or {}).get("name") for key in ("org", "project", "env", "secret", "token")}
    facts: dict[str, Any] = {
        **event,
        **named,
        "leaf_index": index,
        "leaf_hash": digest.hex(),
        "actor_type": event["actor"]["type"],
        "actor": event["actor"]["name"],
        "on_token": (event["on_token"] or {}).get("name"),
        "about": (event["about"] or {}).get("name"),
        "details": orjson.dumps(event["details"]).decode() if event["details"] else "",
    }
    return csv_line([facts[name] for name in _HEADER])


def csv_line(cells: Any) -> str:
    """RFC 4180. A cell that a spreadsheet would take for a formula begins with an apostrophe."""
    text = io.StringIO()
    csv.writer(text).writerow([_inert(cell) for cell in cells])
    return text.getvalue()


def _inert(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
