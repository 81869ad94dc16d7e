"""Listing secrets: names and what is said about them; no envelope is fetched, none is opened."""

from audit.services import record
from keyvault.actor import Actor, Verb
from keyvault.secrets.access import grants_of
from keyvault.secrets.models import Environment
from keyvault.secrets.querysets import SecretQuerySet
from orgs import access
from orgs.decide import Rule, covers
from orgs.permissions import Action


def list_secrets(*, actor: Actor, environment: Environment, deleted: bool = False) -> SecretQuerySet:
    """The live ones, or those that wait for their purge, that the actor may list: those that its token's paths and,
    where it lists by grant, those cover.
    """
    grants = grants_of(actor, environment.target)
    decision = access.require(actor, Action.LIST_SECRETS, environment.target, grants=grants)
    record(Action.LIST_SECRETS, actor=actor, on=environment.target)
    secrets = environment.secrets.visible_to(actor)
    secrets = secrets.deleted() if deleted else secrets.live()
    if actor.token:
        secrets = secrets.under(actor.token.prefixes)
    if decision.rule is Rule.GRANT:
        reaching = (grant for grant in grants if covers(grant, Action.LIST_SECRETS, environment.target))
        secrets = secrets.under(tuple(grant.prefix for grant in reaching if Verb.LIST in grant.verbs))
    return secrets
