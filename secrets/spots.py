"""One name in every environment of its project: where it is stored, deleted, missing, or not for this one to know."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from keyvault.actor import Actor
from keyvault.secrets.access import absent
from keyvault.secrets.models import Environment, Secret
from orgs.decide import GrantFacts, decide
from orgs.permissions import Action


class Standing(StrEnum):
    STORED = "stored"
    DELETED = "deleted"
    MISSING = "missing"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Spot:
    environment: Environment
    standing: Standing
    secret: Secret | None = None


def spots_of(actor: Actor, environments: Sequence[Environment], name: str, grants: Sequence[GrantFacts]) -> list[Spot]:
    """One query. Of several deleted ones the last counts."""
    known = [each for each in environments if _may_list(actor, each, name, grants)]
    rows = Secret.objects.visible_to(actor).filter(environment__in=known, name=name).select_related("owner__user")
    live: dict[object, Secret] = {}
    for row in rows.order_by("deleted_at"):  # PostgreSQL puts the live one, which has none, last
        live[row.environment_id] = row
    return [_spot(each, live.get(each.pk), known=each in known) for each in environments]


def _spot(environment: Environment, secret: Secret | None, *, known: bool) -> Spot:
    if not known:
        return Spot(environment, Standing.LOCKED)
    if secret is None:
        return Spot(environment, Standing.MISSING)
    secret.environment = environment
    return Spot(environment, Standing.DELETED if secret.deleted_at else Standing.STORED, secret)


def _may_list(actor: Actor, environment: Environment, name: str, grants: Sequence[GrantFacts]) -> bool:
    return decide(Action.LIST_SECRETS, actor=actor, target=absent(environment, name), grants=grants).allowed
