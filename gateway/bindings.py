"""Which keys a token stands for at the gateway: the same question that its state asks, for one token and by rows."""

from dataclasses import dataclass, replace

from django.db.models import F, Q

from gateway.destinations import provider_for
from gateway.model import Provider
from keyvault.actor import Actor, ActorType, Role, TokenKind
from keyvault.secrets.access import grants_of
from keyvault.secrets.models import Environment, Secret, SecretKind
from keyvault.target import Tier
from orgs.decide import decide
from orgs.permissions import Action
from tokens.models import AccessToken


@dataclass(frozen=True, slots=True)
class Bound:
    provider: Provider
    secret: Secret


def bound_to(token: AccessToken) -> list[Bound]:
    """By provider. As :func:`gateway.state.building.build` has it, but that it does not ask whether the token works."""
    environment = token.environment
    if environment is None or _is_barred(token, environment):
        return []
    holder = _holder(token)
    grants = grants_of(holder, environment.target)
    readable = Q(versions__version=F("current"), versions__destroyed_at=None)
    secrets = environment.secrets.live().filter(readable, kind=SecretKind.BROKERED).exclude(upstream="")
    found = []
    for secret in secrets:
        secret.environment = environment
        target = replace(secret.target, version=secret.current)
        provider = provider_for(token.org_id, secret.provider)
        if provider and decide(Action.UNSEAL_SECRET, actor=holder, target=target, grants=grants).allowed:
            found.append(Bound(provider, secret))
    return sorted(found, key=lambda each: each.provider.slug)


def _is_barred(token: AccessToken, environment: Environment) -> bool:
    production = token.kind == TokenKind.TEAM and environment.tier == Tier.PRODUCTION
    return production and not token.org.team_tokens_in_production


def _holder(token: AccessToken) -> Actor:
    """Who acts by it."""
    member = token.membership
    return Actor(
        type=ActorType.PERSON if member else ActorType.SERVICE,
        id=member.user_id if member else token.service_id,
        name=token.name,
        org_id=token.org_id,
        membership_id=member.pk if member else None,
        role=Role(member.role) if member else None,
        token=token.scope,
    )
