"""Replacing a token: a new value for the same scope, while the old one works on for an overlap."""

import datetime as dt

from django.utils import timezone

from audit.services import record, record_many
from keyvault.actor import Actor
from keyvault.errors import Conflict, NotAllowed
from orgs.decide import decide
from orgs.names import invalid
from orgs.permissions import Action
from tokens.drafts import decide_end, draft_successor, latest_end, require_active
from tokens.models import AccessToken, TokenState
from tokens.rules import require_child, require_may_issue, require_well_formed
from tokens.services.issuing import Issued, add_token
from tokens.services.pausing import require_not_final
from tokens.services.revoking import with_descendants
from tokens.services.standing import Held, acting_token, changing_token, own_or, read_token, require
from tokens.signing import is_signed, require_signed, sign

LONGEST_OVERLAP = dt.timedelta(days=7)


def replace_token(
    *,
    actor: Actor,
    token: AccessToken,
    overlap: dt.timedelta = dt.timedelta(days=1),
    expires_at: dt.datetime | None = None,
    lifetime: dt.timedelta | None = None,
) -> Issued:
    """A successor of the same name and scope; the old one, and what it issued, expires when ``overlap`` ends.

    Needs the right to change the token, or owning it, and the right to issue the successor. Without an end given it
    lives as long as the old one did, within the policy. For another member it is an offer.
    """
    if not dt.timedelta() <= overlap <= LONGEST_OVERLAP:
        raise invalid("overlap", f"From nothing to {LONGEST_OVERLAP.days} days.")
    with changing_token(actor, Action.CHANGE_TOKEN, token, own_or(Action.CHANGE_TOKEN)) as held:
        _require_replaceable(held.token)
        parent = _parent(held)
        draft = draft_successor(held.actor, held.token, expires_at=_end(held.token, parent, expires_at, lifetime))
        require_well_formed(draft)
        require(decide(draft.action, actor=held.actor, target=draft.target))
        if parent:
            require_child(draft, parent)
        require_may_issue(held.actor, draft, acting_token(held.actor))
        issued = add_token(held.actor, draft, parent, replaces=held.token)
        _let_expire(held, issued.token, timezone.now() + overlap)
    return issued


def _require_replaceable(token: AccessToken) -> None:
    require_not_final(token)
    require_signed(token)
    require_active(token.membership or token.service)
    if token.replaced_by_id:
        raise Conflict("The token has been replaced already.", rule="token-replaced", remedy="Replace its successor.")
    if token.state == TokenState.PAUSED:
        raise Conflict("The token is paused.", rule="token-paused", remedy="Resume it first.")


def _parent(held: Held) -> AccessToken | None:
    """The successor's: whoever acts by a token replaces only what that token issued. Raises NotAllowed, Conflict."""
    parent_id, acting = held.token.parent_id, held.actor.token
    if acting and acting.token_id != parent_id:
        raise NotAllowed(
            "A token replaces only tokens that it issued.", rule="token-replaces-its-children", remedy="Use a session."
        )
    parent = read_token(parent_id) if parent_id else None
    if parent:
        require_not_final(parent)
        require_signed(parent)
    return parent


def _end(
    token: AccessToken, parent: AccessToken | None, expires_at: dt.datetime | None, lifetime: dt.timedelta | None
) -> dt.datetime:
    latest = latest_end(token.org, token.membership)
    if parent:
        latest = min(latest, parent.expires_at)
    if expires_at is None and lifetime is None:
        return min(timezone.now() + (token.expires_at - token.created_at), latest)
    return decide_end(expires_at, lifetime, latest)


def _let_expire(held: Held, successor: AccessToken, end: dt.datetime) -> None:
    """No child outlives its parent, so the old token's children end with it; the successor issues new ones."""
    old = held.token
    shortened = [token for token in with_descendants([old]) if token.expires_at > end and is_signed(token)]
    for token in shortened:
        token.expires_at = end
        token.mac = sign(token)
        token.save(update_fields=["expires_at", "mac"])
    details = {"change": "replace", "successor": str(successor.pk), "expires_at": old.expires_at.isoformat()}
    record(Action.CHANGE_TOKEN, actor=held.actor, on=old.target, details=details)
    children = [token.target for token in shortened if token.pk != old.pk]
    record_many(Action.CHANGE_TOKEN, actor=held.actor, on=children, details={"change": "shorten"})
    old.replaced_by = successor
