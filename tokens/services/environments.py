"""One act on every token of an environment: pause, resume, revoke. Tokens that reach beyond it are not its own."""

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from audit.services import JSON, record, record_many
from keyvault.actor import Actor
from keyvault.secrets.models import Environment
from orgs.access import changing_rights
from orgs.names import clean_note
from orgs.permissions import Action
from tokens.models import AccessToken, TokenState
from tokens.services.revoking import CAUSE_LIMIT, clean_cause, revoke_held, with_descendants
from tokens.services.standing import acting_token, change_tokens, read_tokens


def pause_tokens_of_environment(*, actor: Actor, environment: Environment, reason: str = "") -> list[AccessToken]:
    """Those that work now. One that was paused before stays paused when the environment's are resumed."""
    reason = clean_note(reason, field="reason", limit=CAUSE_LIMIT)
    with changing_rights(actor, Action.CHANGE_TOKEN, environment.target) as held:
        acting_token(held)
        tokens = read_tokens(AccessToken.objects.live().filter(environment=environment, state=TokenState.ACTIVE))
        _set(tokens, TokenState.PAUSED, by=held.id)
        _record(held, environment, tokens, "pause", reason)
    return tokens


def resume_tokens_of_environment(*, actor: Actor, environment: Environment) -> list[AccessToken]:
    """Those that :func:`pause_tokens_of_environment` paused, and no others."""
    with changing_rights(actor, Action.CHANGE_TOKEN, environment.target) as held:
        acting_token(held)
        paused = AccessToken.objects.live().filter(environment=environment, state=TokenState.PAUSED)
        tokens = read_tokens(paused.filter(paused_with_environment=True))
        _set(tokens, TokenState.ACTIVE, by=None)
        _record(held, environment, tokens, "resume", "")
    return tokens


def revoke_tokens_of_environment(*, actor: Actor, environment: Environment, cause: str) -> list[AccessToken]:
    """Final, for paused and expired ones too. The event of the act says how many; each token has one of its own."""
    cause = clean_cause(cause)
    with changing_rights(actor, Action.REVOKE_ANY_TOKEN, environment.target) as held:
        acting_token(held)
        tokens = with_descendants(read_tokens(AccessToken.objects.unrevoked().filter(environment=environment)))
        details = {"tokens": len(tokens)}
        record(Action.REVOKE_ANY_TOKEN, actor=held, on=environment.target, reason=cause, details=details)
        revoke_held(held, tokens, cause)
    return tokens


def _set(tokens: Sequence[AccessToken], state: TokenState, *, by: UUID | None) -> None:
    paused = state is TokenState.PAUSED
    at = timezone.now() if paused else None
    change_tokens(tokens, state=state, paused_at=at, paused_by_id=by, paused_with_environment=paused)


def _record(actor: Actor, environment: Environment, tokens: Sequence[AccessToken], change: str, reason: str) -> None:
    details: dict[str, JSON] = {"change": change, "tokens": len(tokens)}
    record(Action.CHANGE_TOKEN, actor=actor, on=environment.target, reason=reason, details=details)
    targets = [token.target for token in tokens]
    record_many(Action.CHANGE_TOKEN, actor=actor, on=targets, reason=reason, details={"change": change})
