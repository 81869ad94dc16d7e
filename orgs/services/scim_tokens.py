"""The directory's tokens: issued by an owner, shown once, told apart at every request, revoked for good."""

import datetime as dt
import hmac
from dataclasses import dataclass, field

from django.utils import timezone

from audit.folding import count_refusal
from audit.services import JSON, Outcome, record, record_folded
from keyvault.actor import Actor, ActorType, Origin, TokenKind, TokenScope
from keyvault.errors import CannotOpen, Unauthorized
from keyvault.ids import uuid7
from keyvault.installation import guard
from keyvault.keyring import ring
from keyvault.keyring.purposes import Purpose
from orgs import scim_format as form
from orgs.access import changing_rights
from orgs.models import Organization, ScimToken
from orgs.names import clean_name, invalid
from orgs.permissions import Action

AUTHENTICATE = "scim-token:authenticate"
DAYS = (90, 180, 365)
MISSING, UNKNOWN, ENDED = "token-missing", "token-invalid", "scim-token-ended"

_NAME = "SCIM"
_NOTED = dt.timedelta(minutes=1)  # the last use is written so often at most


@dataclass(frozen=True, slots=True)
class IssuedScimToken:
    """The only time that ``value`` exists outside of the directory."""

    token: ScimToken
    value: str = field(repr=False)


def issue_scim_token(*, actor: Actor, org: Organization, name: str, days: int = 365) -> IssuedScimToken:
    """Several may live side by side, so that a directory changes from one to the next without a gap."""
    name = clean_name(name)
    if days not in DAYS:
        raise invalid("days", f"One of {', '.join(map(str, DAYS))}.")
    with changing_rights(actor, Action.ISSUE_SCIM_TOKEN, org.target) as held:
        token, value = _minted(org, name, timezone.now() + dt.timedelta(days=days))
        token.issued_by = held.name[:254]
        token.save(force_insert=True)
        details = {"display": token.display, "expires_at": token.expires_at.isoformat()}
        record(Action.ISSUE_SCIM_TOKEN, actor=held, on=token.target, details=details)
    return IssuedScimToken(token, value)


def revoke_scim_token(*, actor: Actor, token: ScimToken) -> ScimToken:
    """Final. Done twice, the first stands and there is no second event."""
    with changing_rights(actor, Action.REVOKE_SCIM_TOKEN, token.target) as held:
        locked = ScimToken.objects.select_for_update(of=("self",)).select_related("org").get(pk=token.pk)
        if locked.revoked_at is None:
            locked.revoked_at, locked.revoked_by = timezone.now(), held.name[:254]
            locked.save(update_fields=["revoked_at", "revoked_by"])
            record(Action.REVOKE_SCIM_TOKEN, actor=held, on=locked.target, details={"display": locked.display})
    return locked


def authenticate_directory(presented: str, *, origin: Origin) -> ScimToken:
    """The live token. Raises Unauthorized, with an event that is folded for what nobody issued."""
    if not presented:
        raise _refused_in_general(origin, MISSING, "The request has no token.")
    token = issued_token(presented)
    if token is None:
        raise _refused_in_general(origin, UNKNOWN, "The token is not valid.")
    if token.revoked_at or token.expires_at <= timezone.now():
        _record_ended(token, origin)
        raise Unauthorized("The token has expired or was revoked.", rule=ENDED, remedy="An owner can create another.")
    _note_use(token, origin)
    return token


def issued_token(presented: str) -> ScimToken | None:
    """The row of what was issued here once, live or not. Raises Unavailable in a database that was restored."""
    if not form.is_well_formed(presented):
        return None
    guard.require_own_database()
    candidates = ScimToken.objects.select_related("org").filter(lookup=form.lookup_of(presented))
    return next((token for token in candidates if _is_authentic(token, presented)), None)


def actor_by(token: ScimToken, origin: Origin) -> Actor:
    """The product itself, told by a directory: ``token`` names in every event who told it.

    NOTE: a system actor passes every decision, so whoever acts by it reads in ``org_id`` alone.
    """
    scope = TokenScope(token.pk, token.name, TokenKind.SERVICE, frozenset(), expires_at=token.expires_at)
    return Actor(ActorType.SYSTEM, None, _NAME, origin=origin, org_id=token.org_id, token=scope)


def _minted(org: Organization, name: str, expires_at: dt.datetime) -> tuple[ScimToken, str]:
    value, pepper, token_id = form.mint(), ring.instance_key(Purpose.PEPPER), uuid7()
    digest = form.digest(pepper.secret, token_id=token_id, org_id=org.pk, expires_at=expires_at, token=value)
    token = ScimToken(
        id=token_id,
        org=org,
        name=name,
        lookup=form.lookup_of(value),
        display=form.display_of(value),
        digest=digest,
        pepper_id=pepper.id,
        expires_at=expires_at,
    )
    return token, value


def _is_authentic(token: ScimToken, presented: str) -> bool:
    try:
        pepper = ring.instance_key_by_id(token.pepper_id).secret
    except CannotOpen:
        return False
    wanted = form.digest(pepper, token_id=token.pk, org_id=token.org_id, expires_at=token.expires_at, token=presented)
    return hmac.compare_digest(wanted, bytes(token.digest))


def _refused_in_general(origin: Origin, rule: str, sentence: str) -> Unauthorized:
    record_folded(AUTHENTICATE, origin=origin, reason=rule)
    return Unauthorized(sentence, rule=rule, remedy="Send it as Authorization: Bearer kvscim_….")


def _record_ended(token: ScimToken, origin: Origin) -> None:
    """A directory that goes on asking with it does not fill the log."""
    fold = count_refusal(AUTHENTICATE, f"{ENDED}:{token.pk}", origin.address)
    if fold:
        details: dict[str, JSON] = {"count": fold.count, "block": fold.block}
        actor = actor_by(token, origin)
        record(AUTHENTICATE, actor=actor, on=token.target, outcome=Outcome.DENIED, reason=ENDED, details=details)


def _note_use(token: ScimToken, origin: Origin) -> None:
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at < now - _NOTED:
        ScimToken.objects.filter(pk=token.pk).update(last_used_at=now, last_address=origin.address)
