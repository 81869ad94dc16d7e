"""Listing secrets: names and what is said about them; no envelope is fetched, none is opened."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from audit.services import record
from keyvault.actor import Actor, Verb
from keyvault.secrets.access import grants_of
from keyvault.secrets.models import Environment, Project, Secret
from keyvault.secrets.querysets import SecretQuerySet, covered_by
from orgs import access
from orgs.decide import Decision, GrantFacts, Rule, covers, decide
from orgs.permissions import Action


@dataclass(frozen=True, slots=True)
class Listed:
    """A project's environments, and the live secrets of those in ``open`` that the actor may list."""

    environments: tuple[Environment, ...]
    open: frozenset[Environment]
    secrets: SecretQuerySet
    grants: tuple[GrantFacts, ...]


def list_secrets(*, actor: Actor, environment: Environment, deleted: bool = False) -> SecretQuerySet:
    """The live ones, or those that wait for their purge, that the actor may list: those that its token's paths and,
    where it lists by grant, those cover.
    """
    grants = grants_of(actor, environment.target)
    decision = access.require(actor, Action.LIST_SECRETS, environment.target, grants=grants)
    record(Action.LIST_SECRETS, actor=actor, on=environment.target)
    secrets = environment.secrets.visible_to(actor)
    secrets = secrets.deleted() if deleted else secrets.live()
    return secrets.filter(_within(actor, environment, decision, grants))


def list_project(*, actor: Actor, project: Project) -> Listed:
    """One event, which names the environments. Raises NotAllowed where the actor may list in none of them."""
    environments = tuple(project.environments.select_related("org", "project__org"))
    grants = grants_of(actor, project.target)
    decided = {
        each: decide(Action.LIST_SECRETS, actor=actor, target=each.target, grants=grants) for each in environments
    }
    listed = [each for each in environments if decided[each].allowed]
    if environments and not listed:
        access.require(actor, Action.LIST_SECRETS, environments[0].target, grants=grants)
    record(
        Action.LIST_SECRETS, actor=actor, on=project.target, details={"environments": [each.slug for each in listed]}
    )
    reached = Q(pk__in=[])
    for each in listed:
        reached |= Q(environment=each) & _within(actor, each, decided[each], grants)
    return Listed(environments, frozenset(listed), Secret.objects.visible_to(actor).live().filter(reached), grants)


def _within(actor: Actor, environment: Environment, decision: Decision, grants: Sequence[GrantFacts]) -> Q:
    """The paths of the actor's token and, where it lists by grant, those of the grants that hold the verb."""
    paths = covered_by(actor.token.prefixes) if actor.token else Q()
    if decision.rule is not Rule.GRANT:
        return paths
    reaching = (grant for grant in grants if covers(grant, Action.LIST_SECRETS, environment.target))
    return paths & covered_by(tuple(grant.prefix for grant in reaching if Verb.LIST in grant.verbs))
