"""Looking is an act too: the one decision allows it, the log says so, and only then is anything read."""

from collections.abc import Mapping
from typing import Protocol, TypeVar

from audit.services import JSON, Receipt, record
from keyvault.actor import Actor
from keyvault.errors import NotFound
from keyvault.secrets.access import require
from keyvault.secrets.models import Environment, Project
from keyvault.target import Target
from orgs.models import Organization
from orgs.permissions import Action


class HasTarget(Protocol):
    @property
    def target(self) -> Target: ...


Thing = TypeVar("Thing", bound=HasTarget)


def look(*, actor: Actor, action: Action, on: Target, details: Mapping[str, JSON] | None = None) -> Receipt:
    """One event for the look at a list or at one thing. Raises NotAllowed, NotFound, Unavailable."""
    require(actor, action, on)
    return record(action, actor=actor, on=on, details=details)


def look_at(*, actor: Actor, action: Action, thing: Thing | None) -> Thing:
    """One event for the look at ``thing``; None is refused like a thing, so that only who may look learns of a lack."""
    if thing is None:
        require(actor, action, reach_of(actor))
        raise NotFound
    look(actor=actor, action=action, on=thing.target)
    return thing


def reach_of(actor: Actor) -> Target:
    """The widest place that the actor reaches: its token's environment or project, else its organization."""
    place: Environment | Project | Organization | None
    if actor.token and actor.token.environment_id:
        place = Environment.objects.visible_to(actor).filter(pk=actor.token.environment_id).first()
    elif actor.token and actor.token.project_id:
        place = Project.objects.visible_to(actor).filter(pk=actor.token.project_id).first()
    else:
        place = Organization.objects.visible_to(actor).first()
    if place is None:
        raise NotFound
    return place.target
