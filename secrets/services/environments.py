"""Creating, changing and deleting the environments of a project."""

from typing import TypedDict

from django.db.models import Max
from django.db.models.functions import Now

from audit.services import JSON, record
from keyvault.actor import Actor
from keyvault.errors import Conflict, NotFound
from keyvault.secrets.access import require
from keyvault.secrets.acts import one_act
from keyvault.secrets.models import Environment, Project
from keyvault.secrets.services.grants import end_reads_in
from keyvault.target import Tier
from orgs.access import changing_rights, require_still
from orgs.names import clean_name, clean_slug, invalid
from orgs.permissions import Action

_LAST = 32_767  # of a smallint


class _Facts(TypedDict):
    slug: str
    name: str
    tier: str
    protected: bool


STANDARD: tuple[_Facts, ...] = (
    {"slug": "development", "name": "Development", "tier": Tier.DEVELOPMENT, "protected": False},
    {"slug": "staging", "name": "Staging", "tier": Tier.STAGING, "protected": False},
    {"slug": "production", "name": "Production", "tier": Tier.PRODUCTION, "protected": True},
)


def create_environment(
    *, actor: Actor, project: Project, slug: str, tier: str, name: str = "", protected: bool = False
) -> Environment:
    """Comes last in the order. One of the production tier is always protected. Raises Conflict for a slug in use."""
    require(actor, Action.CREATE_ENVIRONMENT, project.target)
    slug, tier = clean_slug(slug), _clean_tier(tier)
    name = clean_name(name or slug.replace("-", " ").title())
    taken = f"The project has an environment {slug} already."
    with one_act(Action.CREATE_ENVIRONMENT, actor=actor, on=project.target, taken=taken):
        last = project.environments.aggregate(last=Max("order"))["last"]
        made = Environment.objects.create(
            org_id=project.org_id,
            project=project,
            slug=slug,
            name=name,
            tier=tier,
            protected=protected or tier is Tier.PRODUCTION,
            order=0 if last is None else min(last + 1, _LAST),
        )
        record(Action.CREATE_ENVIRONMENT, actor=actor, on=made.target)
    return made


def change_environment(
    *,
    actor: Actor,
    environment: Environment,
    name: str | None = None,
    tier: str | None = None,
    protected: bool | None = None,
    order: int | None = None,
) -> Environment:
    """To take protection away from a production tier, change the tier. Raises Invalid.

    Who lifts protection, or lowers the tier of production, opens values to be read: owners alone do. What was granted
    to be read before an environment became protected is taken back, because others than owners could grant it.
    """
    action = Action.UNPROTECT_ENVIRONMENT if _lowers(environment, tier, protected) else Action.CHANGE_ENVIRONMENT
    with changing_rights(actor, action, environment.target) as held:
        locked = _locked(environment)
        if _lowers(locked, tier, protected):
            require_still(held, Action.UNPROTECT_ENVIRONMENT, locked.target)
        before, was_protected = _seriousness(locked), locked.protected
        locked.name = locked.name if name is None else clean_name(name)
        locked.tier = locked.tier if tier is None else _clean_tier(tier)
        locked.protected = locked.protected if protected is None else protected
        locked.order = locked.order if order is None else _clean_order(order)
        if locked.tier == Tier.PRODUCTION and not locked.protected:
            raise invalid("protected", "An environment of the production tier is always protected.")
        locked.save(update_fields=["name", "tier", "protected", "order"])
        details = {"before": before, "now": _seriousness(locked)}
        record(action, actor=held, on=locked.target, details=details)
        if locked.protected and not was_protected:
            end_reads_in(held, locked)
    return locked


def delete_environment(*, actor: Actor, environment: Environment) -> None:
    """Raises Conflict while it holds a secret (deleted ones count until they are purged) or a live token."""
    require(actor, Action.DELETE_ENVIRONMENT, environment.target)
    with one_act(Action.DELETE_ENVIRONMENT, actor=actor, on=environment.target):
        locked = _locked(environment)
        if locked.secrets.exists():
            raise Conflict(
                "The environment holds secrets; deleted ones count until they are purged.",
                rule="environment-not-empty",
                remedy="Delete its secrets and purge them.",
            )
        if locked.tokens.exclude(state="revoked").filter(expires_at__gt=Now()).exists():
            raise Conflict("Tokens are limited to it.", rule="environment-has-tokens", remedy="Revoke them.")
        record(Action.DELETE_ENVIRONMENT, actor=actor, on=locked.target)
        locked.delete()


def _lowers(environment: Environment, tier: str | None, protected: bool | None) -> bool:
    unprotects = environment.protected and protected is False
    return unprotects or (environment.tier == Tier.PRODUCTION and tier not in (None, Tier.PRODUCTION))


def _seriousness(environment: Environment) -> JSON:
    return {"tier": str(environment.tier), "protected": environment.protected}


def _locked(environment: Environment) -> Environment:
    rows = Environment.objects.select_related("org", "project__org").select_for_update(of=("self",))
    locked = rows.filter(org_id=environment.org_id, pk=environment.pk).first()
    if locked is None:
        raise NotFound
    return locked


def _clean_tier(tier: str) -> Tier:
    if tier not in list(Tier):
        raise invalid("tier", f"A tier is one of {', '.join(Tier)}.")
    return Tier(tier)


def _clean_order(order: int) -> int:
    if not 0 <= order <= _LAST:
        raise invalid("order", "A number from 0 to 32,767.")
    return order
