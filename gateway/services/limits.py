"""Setting and lifting what a token, a project or the organization may use at the gateway."""

import re
from dataclasses import asdict, dataclass, fields
from typing import Any

from audit.services import JSON, record
from gateway.models import Limit
from keyvault.actor import Actor
from keyvault.errors import Conflict, NotFound
from keyvault.secrets.models import Project
from orgs.access import changing_rights
from orgs.models import Organization
from orgs.names import invalid
from orgs.permissions import Action
from tokens.models import AccessToken

Subject = Organization | Project | AccessToken

_HIGHEST = 2**31 - 1
_MOST_ENTRIES = 200
_MODEL = re.compile(r"[^\s*\x00-\x1f]{1,119}\*?|\*")
_LISTS = ("allowed_models", "allowed_tools")
_TOOL = re.compile(r"(\*|[a-z0-9-]{1,63})[/:]([^\s*\x00-\x20\x7f]{1,128}\*?|\*)")
_PUBLIC_NEEDS = {"monthly_cents": "a monthly budget", "requests_per_minute": "a rate limit"}


@dataclass(frozen=True, slots=True)
class Bounds:
    """None: no limit of this kind; no models, no tools: any. ``monthly_cents`` is hard, ``soft_cents`` is told of."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    concurrent: int | None = None
    monthly_cents: int | None = None
    soft_cents: int | None = None
    allowed_models: tuple[str, ...] = ()
    allowed_tools: tuple[str, ...] = ()

    @classmethod
    def of(cls, limit: Limit) -> "Bounds":
        facts = {field.name: getattr(limit, field.name) for field in fields(cls)}
        return cls(**facts | {name: tuple(facts[name]) for name in _LISTS})

    @property
    def row(self) -> dict[str, Any]:
        return asdict(self) | {name: list(getattr(self, name)) for name in _LISTS}


def set_limit(*, actor: Actor, on: Subject, bounds: Bounds) -> Limit:
    """In place of all that was set there. Of a token: of its whole line. Raises Invalid, Conflict."""
    _require_sensible(bounds)
    row = _row(on)
    with changing_rights(actor, Action.SET_LIMIT, row.target) as held:
        if row.token:
            _require_what_it_needs(row.token, bounds)
        before = Limit.objects.select_for_update().filter(**_key(row)).first()
        kept, _ = Limit.objects.update_or_create(**_key(row), defaults=bounds.row)
        details = _told(Bounds.of(before) if before else Bounds(), bounds)
        record(Action.SET_LIMIT, actor=held, on=kept.target, details=details)
    return kept


def remove_limit(*, actor: Actor, limit: Limit) -> None:
    """Raises NotFound where it is gone, Conflict where its token may not be without."""
    with changing_rights(actor, Action.REMOVE_LIMIT, limit.target) as held:
        found = Limit.objects.select_for_update().filter(org_id=limit.org_id, pk=limit.pk).first()
        if found is None:
            raise NotFound
        if found.token:
            _require_what_it_needs(found.token, Bounds())
        record(Action.REMOVE_LIMIT, actor=held, on=limit.target, details=_told(Bounds.of(found), Bounds()))
        found.delete()


def _row(on: Subject) -> Limit:
    if isinstance(on, AccessToken):
        return Limit(org=on.org, token=on.line or on)
    return Limit(org=on.org, project=on) if isinstance(on, Project) else Limit(org=on)


def _key(row: Limit) -> dict[str, Any]:
    return {"org_id": row.org_id, "token_id": row.token_id, "project_id": row.project_id}


def _require_sensible(bounds: Bounds) -> None:
    for name in ("requests_per_minute", "tokens_per_minute", "concurrent", "monthly_cents", "soft_cents"):
        value = getattr(bounds, name)
        if value is not None and not 1 <= value <= _HIGHEST:
            raise invalid(name, f"From 1 to {_HIGHEST:,}; left out where there is none.")
    if bounds.soft_cents and bounds.monthly_cents and bounds.soft_cents > bounds.monthly_cents:
        raise invalid("soft_cents", "The soft budget is not above the hard one.")
    _require_list("allowed_models", bounds.allowed_models, _MODEL, "model: gpt-4o, gpt-4o* or openai/gpt-4o are")
    _require_list(
        "allowed_tools", bounds.allowed_tools, _TOOL, "tool: github/list_*, */search or github:resources/* are"
    )


def _require_list(name: str, entries: tuple[str, ...], form: re.Pattern[str], examples: str) -> None:
    if len(entries) > _MOST_ENTRIES or len(set(entries)) < len(entries):
        raise invalid(name, f"Each entry once, {_MOST_ENTRIES} at most.")
    for entry in entries:
        if not form.fullmatch(entry):
            raise invalid(name, f"“{entry[:80]}” is no {examples}.")


def _require_what_it_needs(first: AccessToken, bounds: Bounds) -> None:
    """A token that is as good as public, or takes calls from servers, does not lose what it was issued with."""
    line = AccessToken.objects.filter(org_id=first.org_id).exclude(state="revoked")
    living = [*line.filter(line=first), *line.filter(pk=first.pk)]
    needed = set(_PUBLIC_NEEDS) if any(token.public for token in living) else set()
    needed |= {"monthly_cents"} if any(token.server_calls for token in living) else set()
    for name in sorted(needed):
        if getattr(bounds, name) is None:
            raise Conflict(
                f"The token can be used by whoever sees it: it needs {_PUBLIC_NEEDS[name]}.",
                rule="public-token-is-bounded",
                remedy="Set one, or revoke the token.",
                extra={"field": name},
            )


def _told(before: Bounds, after: Bounds) -> dict[str, JSON]:
    """What changed, each with its value before and after."""
    old, new = before.row, after.row
    return {name: {"from": old[name], "to": new[name]} for name in old if old[name] != new[name]}
