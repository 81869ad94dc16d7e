"""From the rows of an organization's limits to what bounds one of its tokens. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from gateway.limits.facts import Facts, Level

Row = Mapping[str, Any]


def bounds_of(token: Row, limits: Sequence[Row]) -> Facts:
    """Of a token's row with ``id``, ``line_id`` and ``project_id``: its own limits, its project's, all's."""
    line = token["line_id"] or token["id"]
    found = [level for limit in limits if (level := _level(limit, line, token["project_id"]))]
    return Facts.of(line, tuple(sorted(found, key=lambda level: _ORDER.index(level.name))))


_ORDER = ("token", "project", "organization")


def _level(limit: Row, line: UUID, project: UUID | None) -> Level | None:
    if limit["token_id"] is not None:
        return _make(limit, line, "token") if limit["token_id"] == line else None
    if limit["project_id"] is not None:
        return _make(limit, limit["project_id"], "project") if limit["project_id"] == project else None
    return _make(limit, limit["org_id"], "organization")


def _make(limit: Row, subject: UUID, name: str) -> Level:
    return Level(
        subject=subject,
        name=name,
        requests_per_minute=limit["requests_per_minute"],
        tokens_per_minute=limit["tokens_per_minute"],
        concurrent=limit["concurrent"],
        monthly_cents=limit["monthly_cents"],
        models=tuple(limit["allowed_models"]),
        tools=tuple(limit["allowed_tools"]),
    )
