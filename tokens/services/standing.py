"""Who may change a token, and the transaction in which it changes.

Every act on tokens holds the row of their organization first, as :func:`orgs.access.changing_rights` does: of two acts
the second sees what the first did, and nobody waits in a circle.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone

from audit.services import Outcome, record
from keyvault.actor import Actor, ActorType, TokenKind
from keyvault.errors import Conflict, NotAllowed, NotFound
from orgs.access import hold_standing, refusal
from orgs.decide import Decision, decide
from orgs.models import Organization
from orgs.permissions import Action
from tokens.models import AccessToken, TokenState
from tokens.signing import is_signed

Ask = Callable[[Actor, AccessToken], Decision]

SHOWN = ("org", "project__org", "environment__org", "environment__project__org", "membership__user", "service", "line")
_OWN = {ActorType.PERSON: Action.ISSUE_PERSONAL_TOKEN, ActorType.SERVICE: Action.ISSUE_SERVICE_TOKEN}


@dataclass(frozen=True, slots=True)
class Held:
    """The actor with its standing of now, and the token as it is now; neither changes before the transaction ends."""

    actor: Actor
    token: AccessToken


@contextmanager
def changing_token(actor: Actor, action: Action, token: AccessToken, ask: Ask) -> Iterator[Held]:
    """The transaction of an act on one token. Asks before it begins, and again inside with everything held.

    NotAllowed or Conflict from the body becomes an event after the rollback, so the body only raises.
    """
    decision = ask(actor, token)
    if not decision.allowed:
        raise refusal(actor, action, token.target, decision)
    try:
        with transaction.atomic(durable=True):
            held = _hold(actor, token)
            require(ask(held.actor, held.token))
            yield held
    except (NotAllowed, Conflict) as refused:
        outcome = Outcome.DENIED if isinstance(refused, NotAllowed) else Outcome.ERROR
        record(action, actor=actor, on=token.target, outcome=outcome, reason=refused.rule)
        raise


def by_role(action: Action) -> Ask:
    return lambda actor, token: decide(action, actor=actor, target=token.target)


def own_or(action: Action) -> Ask:
    """Owners do to their own tokens what they may do to new ones; others need the right to ``action``."""

    def ask(actor: Actor, token: AccessToken) -> Decision:
        if is_own(actor, token):
            own = decide(_OWN[actor.type], actor=actor, target=token.target)
            if own.allowed:
                return own
        return decide(action, actor=actor, target=token.target)

    return ask


def is_own(actor: Actor, token: AccessToken) -> bool:
    if actor.type is ActorType.SERVICE:
        return actor.id is not None and token.service_id == actor.id
    return actor.membership_id is not None and token.membership_id == actor.membership_id


def is_itself(actor: Actor, token: AccessToken) -> bool:
    """The actor acts by this very token. Of a team token that says nothing: anybody may have it."""
    return actor.token is not None and actor.token.token_id == token.pk and actor.token.kind is not TokenKind.TEAM


def require(decision: Decision) -> None:
    """Raises NotAllowed without recording it: for the inside of a transaction."""
    if not decision.allowed:
        raise NotAllowed(decision.sentence, rule=decision.rule, remedy=decision.remedy)


def acting_token(actor: Actor) -> AccessToken | None:
    """The token that ``actor`` acts by, as it is now. Raises NotAllowed when it no longer works.

    It worked when it was presented; here the organization's row is held, and it may have been revoked in between.
    """
    if actor.token is None:
        return None
    token = read_token(actor.token.token_id)
    if token.state != TokenState.ACTIVE or token.expires_at <= timezone.now() or not is_signed(token):
        raise NotAllowed("The token that you act by works no more.", rule="token-revoked", remedy="Use another one.")
    return token


def read_token(token_id: UUID) -> AccessToken:
    """As it is now. Raises NotFound."""
    found = read_tokens(AccessToken.objects.filter(pk=token_id))
    if not found:
        raise NotFound
    return found[0]


def read_tokens(tokens: models.QuerySet[AccessToken]) -> list[AccessToken]:
    """With all that their targets show, parents before their children."""
    return list(tokens.order_by("pk").select_related(*SHOWN))


def change_tokens(tokens: Sequence[AccessToken], **changes: object) -> None:
    """In one statement, and in the objects."""
    AccessToken.objects.filter(pk__in=[token.pk for token in tokens]).update(**changes)
    for token in tokens:
        for column, value in changes.items():
            setattr(token, column, value)


def _hold(actor: Actor, token: AccessToken) -> Held:
    Organization.objects.select_for_update(no_key=True).get(pk=token.org_id)
    standing = hold_standing(actor)
    acting_token(actor)
    return Held(standing, read_token(token.pk))
