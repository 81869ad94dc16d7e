"""What may be issued, beyond the table of roles: production, team tokens, and children of a token that manages."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from django.utils import timezone

from keyvault.actor import Actor, TokenKind, Verb
from keyvault.errors import NotAllowed
from keyvault.secrets.access import grants_of
from keyvault.target import Ref, Target, Tier
from orgs.decide import Decision, decide
from orgs.names import invalid
from orgs.permissions import Action
from tokens.drafts import Draft, reach_of
from tokens.models import AccessToken
from tokens.reach import wider_part

LONGEST_PERSONAL_PRODUCTION = dt.timedelta(hours=12)

_CHILDREN = {
    TokenKind.PERSON: {TokenKind.PERSON},
    TokenKind.SERVICE: {TokenKind.SERVICE, TokenKind.CI},
    TokenKind.CI: {TokenKind.SERVICE, TokenKind.CI},
}


_PUBLIC_NEEDS = {"monthly_cents": "a monthly budget", "requests_per_minute": "a rate limit"}


def require_well_formed(draft: Draft) -> None:
    """Raises Invalid where a kind of token lacks what it needs, or asks for what it never has."""
    if draft.kind is TokenKind.TEAM:
        _require_team_form(draft)
    elif not draft.reach.verbs:
        raise invalid("verbs", "A token permits something: list, read, add, rotate, delete, manage.")
    if draft.reach.may_reveal_production:
        _require_production_form(draft)
    if draft.reach.server_calls:
        _require_server_calls_form(draft)


def require_may_issue(actor: Actor, draft: Draft, parent: AccessToken | None) -> None:
    """Raises NotAllowed. The table of roles has been asked already; ``parent`` is the token that ``actor`` acts by."""
    if parent:
        require_child(draft, parent)
    if draft.kind is TokenKind.TEAM and draft.tier is Tier.PRODUCTION and not draft.org.team_tokens_in_production:
        raise NotAllowed(
            "Team tokens are not issued for production here.",
            rule="team-tokens-not-in-production",
            remedy="An owner can permit them in the organization's policy.",
        )
    if draft.reach.may_reveal_production:
        _require_production(actor, draft)


def require_child(draft: Draft, parent: AccessToken) -> None:
    """A token that manages issues its own kind for its own owner, never wider and never longer. Raises NotAllowed."""
    same_owner = draft.owner_ids == (parent.membership_id, parent.service_id)
    if not same_owner or draft.kind not in _CHILDREN.get(TokenKind(parent.kind), ()):
        raise NotAllowed(
            "A token issues tokens of its own kind for its own owner only.",
            rule="token-issues-its-own-kind",
            remedy="Issue it in a session.",
        )
    if part := wider_part(draft.reach, reach_of(parent)):
        raise NotAllowed(
            f"A token issues none that reaches farther than itself: {part}.",
            rule="token-issues-none-wider",
            remedy="Narrow it, or issue it in a session.",
        )


def _require_team_form(draft: Draft) -> None:
    if draft.environment is None:
        raise invalid("environment", "A team token names its project and environment.")
    if draft.reach.verbs or draft.reach.prefixes or draft.reach.may_reveal_production:
        raise invalid("verbs", "A team token reads nothing; it works at the gateway only.")
    if not draft.reach.networks and not draft.reach.origins:
        raise invalid("networks", "A team token needs the addresses or the origins that it is used from.")
    if draft.is_public:
        _require_bounds(draft)


def _require_bounds(draft: Draft) -> None:
    """Without an address list the token is as good as public: what it can cost and do is bounded beforehand."""
    for name, sentence in _PUBLIC_NEEDS.items():
        if name not in draft.limits.given:
            raise invalid(name, f"A team token without an address list is public: it needs {sentence}.")
    if not draft.reach.endpoints:
        raise invalid("endpoints", "A team token without an address list is public: it needs a list of endpoints.")


def _require_server_calls_form(draft: Draft) -> None:
    if not draft.reach.origins:
        raise invalid("server_calls", "Only a token with a list of origins needs it: others take calls from servers.")
    if draft.tier is not Tier.DEVELOPMENT:
        raise invalid("server_calls", "They pass an origin list in an environment of the development tier only.")
    if draft.limits.monthly_cents is None:
        raise invalid("monthly_cents", "A token that allows calls from servers needs a monthly budget.")


def _require_production_form(draft: Draft) -> None:
    if Verb.READ not in draft.reach.verbs:
        raise invalid("may_reveal_production", "To reveal anything a token has to read.")
    if draft.environment is None or not draft.environment.protected:
        raise invalid("may_reveal_production", "It is permitted for one protected environment, by name.")
    if draft.kind is TokenKind.PERSON and draft.reach.expires_at > timezone.now() + LONGEST_PERSONAL_PRODUCTION:
        raise invalid("expires_at", "A personal token reveals production for twelve hours at most.")


def _require_production(actor: Actor, draft: Draft) -> None:
    """A person's by a read grant of their own there and a fresh second factor; a service's by who may hand it out."""
    if draft.offered:
        raise NotAllowed(
            "Only its holder issues a personal token that reveals production.",
            rule="production-token-by-its-holder",
            remedy="The holder can issue it in a session with a fresh second factor.",
        )
    asked = _ask_for_person if draft.kind is TokenKind.PERSON else _ask_for_service
    refused = next((decision for decision in asked(actor, draft) if not decision.allowed), None)
    if refused:
        raise NotAllowed(refused.sentence, rule=refused.rule, remedy=refused.remedy)


def _ask_for_person(actor: Actor, draft: Draft) -> Iterable[Decision]:
    """Any path will do: each use asks again which ones the member may read."""
    grants = [replace(grant, prefix="") for grant in grants_of(actor, draft.target)]
    yield decide(Action.REVEAL_SECRET, actor=_anywhere(actor), target=draft.target, grants=grants)


def _ask_for_service(actor: Actor, draft: Draft) -> Iterable[Decision]:
    """Nobody asks again at the use, so that who issues it by a grant must hold that grant for all of the paths."""
    grants = grants_of(actor, draft.target)
    for target in _paths(draft):
        yield decide(Action.ISSUE_PRODUCTION_TOKEN, actor=actor, target=target, grants=grants)


def _paths(draft: Draft) -> list[Target]:
    """A pattern stands for a name: a prefix covers it if it covers all that the pattern does."""
    place = draft.target
    patterns = [Ref(draft.org.pk, prefix) for prefix in draft.reach.prefixes]
    return [replace(place, secret=pattern) for pattern in patterns] or [place]


def _anywhere(actor: Actor) -> Actor:
    """The actor without its token's paths, which :func:`require_child` compares."""
    return replace(actor, token=replace(actor.token, prefixes=())) if actor.token else actor
