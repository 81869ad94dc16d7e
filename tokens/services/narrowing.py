"""Narrowing a token that is in use: what it may do less of from now on. Wider, or longer, is a new token."""

import datetime as dt
from collections.abc import Collection
from dataclasses import fields, replace
from typing import Any

from django.utils import timezone

from audit.services import JSON, record
from keyvault.actor import Actor, TokenKind, Verb
from keyvault.errors import Conflict
from orgs.names import invalid
from orgs.permissions import Action
from tokens.drafts import reach_of
from tokens.models import AccessToken
from tokens.reach import (
    Reach,
    clean_endpoints,
    clean_networks,
    clean_origins,
    clean_prefixes,
    clean_verbs,
    columns_of,
    wider_part,
)
from tokens.services.pausing import require_not_final
from tokens.services.standing import changing_token, own_or
from tokens.signing import require_signed, sign


def narrow_token(
    *,
    actor: Actor,
    token: AccessToken,
    verbs: Collection[str] | None = None,
    prefixes: Collection[str] | None = None,
    networks: Collection[str] | None = None,
    origins: Collection[str] | None = None,
    endpoints: Collection[str] | None = None,
    server_calls: bool | None = None,
    websocket: bool | None = None,
    may_reveal_production: bool | None = None,
    expires_at: dt.datetime | None = None,
) -> AccessToken:
    """What is None stays. Owners narrow their own, others need the right. Nothing that changes: no event.

    Raises Invalid, and Conflict for what would reach farther, or less far than a child that works.
    """
    cleaned = {
        "verbs": None if verbs is None else clean_verbs(verbs),
        "prefixes": None if prefixes is None else clean_prefixes(prefixes),
        "networks": None if networks is None else clean_networks(networks),
        "origins": None if origins is None else clean_origins(origins),
        "endpoints": None if endpoints is None else clean_endpoints(endpoints),
    }
    plain = {"server_calls": server_calls, "websocket": websocket, "may_reveal_production": may_reveal_production}
    said = {**cleaned, **plain, "expires_at": expires_at}
    wanted: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    with changing_token(actor, Action.CHANGE_TOKEN, token, own_or(Action.CHANGE_TOKEN)) as held:
        require_not_final(held.token)
        require_signed(held.token)
        before = reach_of(held.token)
        after = replace(before, **wanted)
        _require_narrower(held.token, before, after)
        if after != before:
            _keep(held.token, after)
            details: dict[str, JSON] = {"change": "narrow", **_told(before, after)}
            record(Action.CHANGE_TOKEN, actor=held.actor, on=held.token.target, details=details)
    return held.token


def _require_narrower(token: AccessToken, before: Reach, after: Reach) -> None:
    wider = wider_part(after, before) or _switched_on(before, after)
    if wider:
        raise Conflict(
            f"A token that was issued only becomes narrower: {wider}.",
            rule="token-only-narrows",
            remedy="Issue another one.",
            extra={"field": wider},
        )
    if not after.verbs and token.kind != TokenKind.TEAM:
        raise invalid("verbs", "A token permits something; one that is to permit nothing is revoked.")
    if after.may_reveal_production and Verb.READ not in after.verbs:
        raise invalid("verbs", "To reveal anything a token has to read: take may_reveal_production away with it.")
    if after.expires_at <= timezone.now():
        raise invalid("expires_at", "It lies in the past; a token that is to end now is revoked.")
    for child in AccessToken.objects.live().filter(org_id=token.org_id, parent=token):
        if part := wider_part(reach_of(child), after):
            raise Conflict(
                f"Its child {child.name} would reach farther than itself: {part}.",
                rule="children-reach-farther",
                remedy="Narrow or revoke that one before.",
            )


def _switched_on(before: Reach, after: Reach) -> str:
    """Calls from servers were open to a token without origins, and yet it never said so."""
    return "server_calls" if after.server_calls and not before.server_calls else ""


def _keep(token: AccessToken, reach: Reach) -> None:
    columns = columns_of(reach)
    for name, value in columns.items():
        setattr(token, name, value)
    token.mac = sign(token)
    token.save(update_fields=[*columns, "mac"])


def _told(before: Reach, after: Reach) -> dict[str, JSON]:
    old, new = _readable(before), _readable(after)
    return {name: {"from": old[name], "to": new[name]} for name in old if old[name] != new[name]}


def _readable(reach: Reach) -> dict[str, JSON]:
    return {field.name: _json(getattr(reach, field.name)) for field in fields(reach)}


def _json(value: object) -> JSON:
    if isinstance(value, frozenset | tuple):
        return sorted(map(str, value))
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="seconds")
    return value if isinstance(value, bool) else str(value)
