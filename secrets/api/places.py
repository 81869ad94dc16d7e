"""From the names in an address to what they mean, always through the actor's scope."""

from keyvault.actor import Actor
from keyvault.errors import Invalid, NotFound
from keyvault.secrets.access import absent, require
from keyvault.secrets.finding import environment_of, secret_of
from keyvault.secrets.models import Environment, Project, Secret
from keyvault.secrets.names import clean_secret_name
from orgs.permissions import Action

__all__ = ["absent", "find_environment", "find_project", "find_secret"]


def find_project(actor: Actor, project: str) -> Project:
    """Raises NotFound."""
    found = Project.objects.visible_to(actor).filter(slug=project).first()
    if found is None:
        raise NotFound
    return found


def find_environment(actor: Actor, project: str, environment: str) -> Environment:
    """Raises NotFound."""
    found = environment_of(actor, project, environment)
    if found is None:
        raise NotFound
    return found


def find_secret(
    actor: Actor, project: str, environment: str, name: str, *, to: Action, deleted: bool = False
) -> Secret:
    """The live secret, or with ``deleted`` the one deleted last. Raises NotFound, and NotAllowed or Invalid.

    Who may not do what it is looked up for is refused alike whether it exists or not.
    """
    try:
        clean_secret_name(name)
    except Invalid:
        find_environment(actor, project, environment)  # a stranger learns nothing but 404
        raise
    place, secret = _named(actor, project, environment, name)
    if deleted:
        secret = place.secrets.deleted().filter(name=name).order_by("-deleted_at").first()
    if secret is None:
        require(actor, to, absent(place, name))
        raise NotFound
    return secret


def _named(actor: Actor, project: str, environment: str, name: str) -> tuple[Environment, Secret | None]:
    found = secret_of(actor, project, environment, name)
    if found is None:
        raise NotFound
    return found
