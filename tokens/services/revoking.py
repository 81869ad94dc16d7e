"""Revoking: final, at once, with the cause and who did it; what a token issued goes with it."""

from collections.abc import Collection, Sequence

from django.utils import timezone

from audit.services import record_many
from keyvault.actor import Actor
from orgs.decide import Decision, Rule
from orgs.models import Membership, Organization
from orgs.names import clean_note, invalid
from orgs.permissions import Action
from tokens.models import AccessToken, SealedToken, TokenState
from tokens.services.standing import change_tokens, changing_token, is_itself, own_or, read_tokens

CAUSE_LIMIT = 200  # characters


def revoke_token(*, actor: Actor, token: AccessToken, cause: str) -> AccessToken:
    """Owners revoke their own, a token revokes itself, others need the right. Done twice, the first cause stands."""
    cause = clean_cause(cause)
    with changing_token(actor, Action.REVOKE_ANY_TOKEN, token, _ask) as held:
        if held.token.state != TokenState.REVOKED:
            revoke_held(held.actor, with_descendants([held.token]), cause)
    return held.token


def revoke_tokens_of_member(*, actor: Actor, membership: Membership, cause: str) -> list[AccessToken]:
    """Every token of the membership, offers included.

    For the end of a membership: in its transaction and by its permission, so that nothing is asked here.
    """
    tokens = with_descendants(read_tokens(AccessToken.objects.unrevoked().filter(membership=membership)))
    revoke_held(actor, tokens, clean_cause(cause))
    return tokens


def revoke_held(actor: Actor, tokens: Sequence[AccessToken], cause: str) -> None:
    """The change and one event each, for a caller that was allowed and holds the organization's row."""
    if not tokens:
        return
    by = actor.name[:254]
    change_tokens(tokens, state=TokenState.REVOKED, revoked_at=timezone.now(), revoked_by=by, revoked_cause=cause)
    SealedToken.objects.filter(token__in=tokens).delete()
    record_many(Action.REVOKE_ANY_TOKEN, actor=actor, on=[token.target for token in tokens], reason=cause)


def with_descendants(tokens: Collection[AccessToken]) -> list[AccessToken]:
    """Themselves, what they issued, and so on."""
    found = {token.pk: token for token in tokens}
    generation = list(found)
    while generation:
        children = AccessToken.objects.unrevoked().filter(parent__in=generation).exclude(pk__in=found)
        born = {child.pk: child for child in read_tokens(children)}
        found |= born
        generation = list(born)
    return list(found.values())


def retire_expired_namesakes(actor: Actor, org: Organization, name: str) -> None:
    """An expired token holds its name in the index, which cannot see the clock: whoever needs the name retires it."""
    namesakes = AccessToken.objects.unrevoked().filter(org=org, name=name, expires_at__lte=timezone.now())
    revoke_held(actor, read_tokens(namesakes), "expired")


def clean_cause(cause: str) -> str:
    cleaned = clean_note(cause, field="cause", limit=CAUSE_LIMIT)
    if not cleaned:
        raise invalid("cause", "Say why: the log keeps it.")
    return cleaned


def _ask(actor: Actor, token: AccessToken) -> Decision:
    if is_itself(actor, token):
        return Decision(True, Rule.ROLE)
    return own_or(Action.REVOKE_ANY_TOKEN)(actor, token)
