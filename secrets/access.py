"""Asking the one decision about secrets: fetches the actor's grants, decides nothing itself."""

from collections.abc import Iterable

from keyvault.actor import Actor
from keyvault.secrets.models import Grant
from keyvault.target import Target
from orgs import access
from orgs.decide import Decision, GrantFacts
from orgs.permissions import Action


def grants_of(actor: Actor, target: Target) -> tuple[GrantFacts, ...]:
    """The actor's grants in the target's project, its teams' included. One query."""
    if target.project is None or actor.membership_id is None:
        return ()
    held: Iterable[Grant] = Grant.objects.held_by(actor).filter(project_id=target.project.id)
    return tuple(grant.facts for grant in held)


def require(actor: Actor, action: Action, target: Target) -> Decision:
    """See :func:`orgs.access.require`."""
    return access.require(actor, action, target, grants=grants_of(actor, target))
