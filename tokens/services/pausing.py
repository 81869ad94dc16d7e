"""Pausing a token and letting it work again."""

from django.utils import timezone

from audit.services import record, record_many
from keyvault.actor import Actor
from keyvault.errors import Conflict
from keyvault.target import Target
from orgs.access import changing_rights
from orgs.decide import Decision
from orgs.models import Organization
from orgs.names import clean_note
from orgs.permissions import Action
from tokens.models import AccessToken, TokenState
from tokens.services.revoking import CAUSE_LIMIT
from tokens.services.standing import by_role, change_tokens, changing_token, own_or, read_tokens


def pause_token(*, actor: Actor, token: AccessToken, reason: str = "") -> AccessToken:
    """Owners pause their own, others need the right. Its children go on. A paused one: nothing."""
    reason = clean_note(reason, field="reason", limit=CAUSE_LIMIT)
    with changing_token(actor, Action.CHANGE_TOKEN, token, own_or(Action.CHANGE_TOKEN)) as held:
        require_not_final(held.token)
        if held.token.state == TokenState.ACTIVE:
            _pause(held.actor, held.token, reason)
    return held.token


def pause_tokens_of_organization(*, actor: Actor, org: Organization, reason: str) -> list[AccessToken]:
    """All that work now, one event each; anybody with the right resumes those that may go on."""
    with changing_rights(actor, Action.CHANGE_TOKEN, Target(org=org.ref)) as held:
        tokens = read_tokens(AccessToken.objects.live().filter(org=org, state=TokenState.ACTIVE))
        change_tokens(tokens, state=TokenState.PAUSED, paused_at=timezone.now(), paused_by_id=held.id)
        targets = [token.target for token in tokens]
        record_many(Action.CHANGE_TOKEN, actor=held, on=targets, reason=reason, details={"change": "pause"})
    return tokens


def resume_token(*, actor: Actor, token: AccessToken) -> AccessToken:
    """Owners resume what they, or the product itself, paused; what somebody else paused needs the right."""
    with changing_token(actor, Action.CHANGE_TOKEN, token, _may_resume) as held:
        require_not_final(held.token)
        if held.token.state == TokenState.PAUSED:
            _resume(held.actor, held.token)
    return held.token


def require_not_final(token: AccessToken) -> None:
    """Raises Conflict."""
    if token.state == TokenState.REVOKED:
        raise Conflict("The token has been revoked; that is final.", rule="token-revoked", remedy="Issue a new one.")
    if token.expires_at <= timezone.now():
        raise Conflict("The token has expired; that is final.", rule="token-expired", remedy="Issue a new one.")


def _may_resume(actor: Actor, token: AccessToken) -> Decision:
    undoing_own = token.paused_by_id in (None, actor.id)
    ask = own_or(Action.CHANGE_TOKEN) if undoing_own else by_role(Action.CHANGE_TOKEN)
    return ask(actor, token)


def _pause(actor: Actor, token: AccessToken, reason: str) -> None:
    change_tokens([token], state=TokenState.PAUSED, paused_at=timezone.now(), paused_by_id=actor.id)
    record(Action.CHANGE_TOKEN, actor=actor, on=token.target, reason=reason, details={"change": "pause"})


def _resume(actor: Actor, token: AccessToken) -> None:
    change_tokens([token], state=TokenState.ACTIVE, paused_at=None, paused_by_id=None, paused_with_environment=False)
    record(Action.CHANGE_TOKEN, actor=actor, on=token.target, details={"change": "resume"})
