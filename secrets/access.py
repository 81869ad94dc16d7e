"""Asking the one decision about secrets: fetches the actor's grants, decides nothing itself."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from keyvault.actor import Actor
from keyvault.secrets.models import Environment, Grant
from keyvault.target import Ref, Target
from orgs import access
from orgs.decide import Decision, GrantFacts
from orgs.permissions import Action

_NOBODY = UUID(int=0)


def grants_of(actor: Actor, target: Target) -> tuple[GrantFacts, ...]:
    """The actor's grants in the target's project, its teams' included. One query."""
    if target.project is None or actor.membership_id is None:
        return ()
    held: Iterable[Grant] = Grant.objects.held_by(actor).filter(project_id=target.project.id)
    return tuple(grant.facts for grant in held)


def require(actor: Actor, action: Action, target: Target) -> Decision:
    """See :func:`orgs.access.require`."""
    return access.require(actor, action, target, grants=grants_of(actor, target))


def absent(environment: Environment, name: str) -> Target:
    """A secret that does not exist, for asking about it: decisions go by its name."""
    return replace(environment.target, secret=Ref(_NOBODY, name))
