"""What a rule sees in one event. Pure, but for the row that it is given."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from alerts.catalogue import Kind, Severity
from audit.delegated import REFUSE
from audit.entry import INSTANCE
from audit.models import Event
from keyvault.errors import CannotOpen, Unauthorized
from keyvault.secrets.services.reminding import NEVER_READ, ROTATION_DUE, ROTATION_OVERDUE
from orgs.permissions import Action
from tokens.services.authenticating import AUTHENTICATE
from tokens.services.ending import EXPIRY_DUE
from tokens.services.finding import FOUND, SCANNER_REPORT
from tokens.services.reviewing import NOTICE as STALE_NOTICE

ELSEWHERE = frozenset({"network", "organization-network", "origin", "origin-missing"})
DEAD = frozenset({"token-revoked", "token-expired", "token-owner-gone"})
READS = frozenset({Action.REVEAL_SECRET.value, Action.EXPORT_SECRETS.value, Action.COPY_SECRET.value})

_AT_THE_DOOR = frozenset({AUTHENTICATE, REFUSE})
_UNKNOWN = frozenset({Unauthorized.rule, "too-many-failures"})
"""At the gateway, who tries many is soon not looked up any more; the tries go on to count."""

_SIGN_INS = frozenset({"person:sign-in", "person:step-up"})
_ALARMS = ("alert-rule:", "alert-channel:", "alert-calendar:")
_OWN_ACTS = frozenset({"alert-channel:list", "alert-channel:test", "alert-channel:redeliver"})
_RIGHTS = frozenset(
    {
        Action.TRANSFER_OWNERSHIP.value,
        Action.CHANGE_POLICY.value,
        Action.CREATE_CONNECTION.value,
        Action.CHANGE_CONNECTION.value,
        Action.DELETE_CONNECTION.value,
        Action.MAP_CLAIM.value,
        Action.PROVE_DOMAIN.value,
        Action.ISSUE_SCIM_TOKEN.value,
        Action.UNPROTECT_ENVIRONMENT.value,
        "operator:create",
        "operator:roles",
        "person:factor-reset",
    }
)
_LOOKS_AT_KEYS = frozenset({"keys:status", "keys:verify"})
_MAKE_ROLES = frozenset({Action.CHANGE_ROLE.value, Action.ADD_MEMBER.value, "invitation:accept"})


@dataclass(frozen=True, slots=True)
class Finding:
    """``org_id`` is :data:`audit.entry.INSTANCE` for what concerns more than one organization.

    ``subject`` is what like findings share; ``name`` and ``facts`` are for the sentence. ``total`` since ``since``
    is the count of a rule that counts in the log itself; it is ``least`` so severe.
    """

    kind: Kind
    org_id: UUID
    subject: str
    name: str
    event: UUID
    at: dt.datetime
    weight: int = 1
    least: Severity = Severity.NOTICE
    total: int = 0
    since: dt.datetime | None = None
    token: UUID | None = None
    person: UUID | None = None
    project: UUID | None = None
    environment: UUID | None = None
    facts: str = ""


def finding_in(event: Event) -> Finding | None:
    """By the first rule that has something to say of the event on its own."""
    return next((found for look in _LOOKS if (found := look(event)) is not None), None)


def weight_of(event: Event) -> int:
    """A folded event tells how many there were so far in its minute: the first, the tenth, the hundredth."""
    count = event.document["details"].get("count", 1)
    return max(1, count - count // 10) if isinstance(count, int) else 1


def _tampering(event: Event) -> Finding | None:
    token_altered = event.action == AUTHENTICATE and event.outcome == "error"
    if not token_altered and event.reason != CannotOpen.rule:
        return None
    thing = f"token:{event.target_token_id}" if token_altered else f"secret:{event.secret_id}"
    return _found(Kind.TAMPERING, event, thing, _name(event, "on_token") or _name(event, "secret"))


def _token_refused(event: Event) -> Finding | None:
    """At the API the token is what the event is about, at the gateway what its actor acts by."""
    token = event.target_token_id or event.token_id
    if event.outcome != "denied" or token is None:
        return None
    kind = Kind.FOREIGN_USE if event.reason in ELSEWHERE else Kind.DEAD_TOKEN if event.reason in DEAD else None
    if kind is None or (kind is Kind.DEAD_TOKEN and event.action not in _AT_THE_DOOR):
        return None
    name = _name(event, "on_token") or _name(event, "token")
    return _found(kind, event, f"token:{token}", name, token=token)


def _token_unknown(event: Event) -> Finding | None:
    block = event.document["details"].get("block")
    is_try = event.action in _AT_THE_DOOR and event.reason in _UNKNOWN
    if not is_try or event.org_id != INSTANCE or not isinstance(block, str):
        return None
    return _found(Kind.UNKNOWN_TOKEN, event, f"block:{block}", block)


def _token_exposed(event: Event) -> Finding | None:
    if event.action not in ("token:exposed", FOUND):
        return None
    token, details = event.target_token_id, event.document["details"]
    where = f" ({details['where']})" if details.get("where") else ""
    said = f"It was found where it does not belong{where}. Done: {details['did']}" if event.action == FOUND else ""
    name = _name(event, "on_token") or _name(event, "about")
    return _found(Kind.EXPOSED_TOKEN, event, f"token:{token or _id(event, 'about')}", name, said=said, token=token)


def _scanner_reports(event: Event) -> Finding | None:
    """What a scanner sends along is looked up, and a token of ours has an event of its own; the rest a person must."""
    details = event.document["details"]
    if event.action != SCANNER_REPORT or event.outcome != "success" or details["with_token"]:
        return None
    said = f"A scanner saw one at {details['where'] or 'a place that it does not name'} and did not send it along"
    return _found(Kind.EXPOSED_TOKEN, event, f"seen:{details['where']}"[:200], str(details["what"]), said=said)


def _sign_in_failed(event: Event) -> Finding | None:
    person = _id(event, "about")
    if event.action not in _SIGN_INS or event.outcome != "denied" or person is None:
        return None
    return _found(Kind.FAILED_SIGN_INS, event, f"person:{person}", _name(event, "about"), person=person)


def _production_for_oneself(event: Event) -> Finding | None:
    own = _name(event, "about") == event.document["actor"]["name"] != ""
    if event.action != Action.GRANT_PRODUCTION_READ or event.outcome != "success" or not own:
        return None
    name, place = event.document["actor"]["name"], _name(event, "project")
    return _found(Kind.OWN_PRODUCTION, event, f"person:{event.actor_id}", name, person=event.actor_id, said=place)


def _rights_changed(event: Event) -> Finding | None:
    details = event.document["details"]
    makes_owner = event.action in _MAKE_ROLES and "owner" in (details.get("to"), details.get("role"))
    ceremony = event.org_id == INSTANCE and event.action.startswith("keys:") and event.action not in _LOOKS_AT_KEYS
    if event.outcome != "success" or not (event.action in _RIGHTS or makes_owner or ceremony):
        return None
    about = _name(event, "about") or _name(event, "env")
    said = f"By {event.document['actor']['name']}"
    return _found(Kind.RIGHTS_CHANGED, event, f"{event.action}:{about}"[:200], f"{event.action} {about}", said=said)


def _alarm_changed(event: Event) -> Finding | None:
    changes = event.action.startswith(_ALARMS) and event.action not in _OWN_ACTS
    if not changes or event.outcome != "success" or event.actor_type == "system":
        return None
    name = f"{event.action} {_name(event, 'about')}"
    return _found(Kind.ALARM_CHANGED, event, event.action, name, said=f"By {event.document['actor']['name']}")


def _work_failed(event: Event) -> Finding | None:
    if event.action != "job:run" or event.outcome == "success" or event.org_id == INSTANCE:
        return None
    name = _name(event, "about")
    return _found(Kind.FAILED_WORK, event, f"work:{name}"[:200], name, said=event.reason)


def _token_expires(event: Event) -> Finding | None:
    if event.action != EXPIRY_DUE:
        return None
    details, token = event.document["details"], event.target_token_id
    at = dt.datetime.fromisoformat(details["expires_at"])
    said = f"It expires {_in_days(details['days'])}: on {at:%-d %b %Y} at {at:%H:%M} UTC"
    least = Severity.WARNING if details["days"] <= 1 else Severity.NOTICE
    name = _name(event, "on_token")
    return _found(Kind.EXPIRY_DUE, event, f"token:{token}", name, said=said, token=token, least=least)


def _secret_is_due(event: Event) -> Finding | None:
    if event.action not in (ROTATION_DUE, ROTATION_OVERDUE):
        return None
    details = event.document["details"]
    days = details.get("days", 0)
    when = "Its day is past" if event.action == ROTATION_OVERDUE else f"It is due {_in_days(days)}"
    said = f"In {_name(event, 'project')}/{_name(event, 'env')}. {when}: {details['rotate_by']}"
    least = Severity.WARNING if days <= 1 else Severity.NOTICE
    return _found(Kind.ROTATION_DUE, event, f"secret:{event.secret_id}", _name(event, "secret"), said=said, least=least)


def _swept(event: Event) -> Finding | None:
    if event.action == STALE_NOTICE:
        token, name = event.target_token_id, _name(event, "on_token")
        said = "It was not used for as long as the policy says and will be paused"
        return _found(Kind.SWEEP_FOUND, event, f"token:{token}", name, said=said, token=token)
    if event.action == NEVER_READ:
        said = f"In {_name(event, 'project')}/{_name(event, 'env')}. Nobody has read it since it was stored"
        return _found(Kind.SWEEP_FOUND, event, f"secret:{event.secret_id}", _name(event, "secret"), said=said)
    return None


_LOOKS: tuple[Callable[[Event], Finding | None], ...] = (
    _tampering,
    _token_refused,
    _token_unknown,
    _token_exposed,
    _scanner_reports,
    _sign_in_failed,
    _production_for_oneself,
    _rights_changed,
    _alarm_changed,
    _work_failed,
    _token_expires,
    _secret_is_due,
    _swept,
)


def _found(kind: Kind, event: Event, subject: str, name: str, *, said: str = "", **about: Any) -> Finding:
    where = f"From {event.address}" if event.address else ""
    return Finding(
        kind=kind,
        org_id=event.org_id,
        subject=subject,
        name=name,
        event=event.id,
        at=event.at,
        weight=weight_of(event),
        project=event.project_id,
        environment=event.environment_id,
        facts=". ".join(filter(None, (said, where))),
        **about,
    )


def _in_days(days: int) -> str:
    return "within a day" if days <= 1 else f"in {days} days"


def _name(event: Event, key: str) -> str:
    named = event.document[key]
    return str(named["name"]) if named else ""


def _id(event: Event, key: str) -> UUID | None:
    named = event.document[key]
    return UUID(named["id"]) if named else None
