"""The project, environment or secret that an address names, for a member at work. Each raises NotFound."""

from dataclasses import dataclass

from django.http import HttpRequest

from keyvault.console.desk import Desk, desk_in
from keyvault.errors import NotFound
from keyvault.secrets.access import absent, grants_of
from keyvault.secrets.api.places import find_secret
from keyvault.secrets.models import Environment, Project, Secret
from orgs.decide import GrantFacts
from orgs.permissions import Action


@dataclass(frozen=True, slots=True)
class Bench:
    """A secret before a member. What may be done is offered as if a second factor was fresh."""

    desk: Desk
    secret: Secret
    grants: tuple[GrantFacts, ...]

    @property
    def environment(self) -> Environment:
        return self.secret.environment

    def may(self, action: Action) -> bool:
        return self.desk.may_on(action, self.secret.target, self.grants)


def at_project(request: HttpRequest, org: str, project: str) -> tuple[Desk, Project]:
    desk = desk_in(request, org)
    found = Project.objects.visible_to(desk.actor).filter(slug=project).first()
    if found is None:
        raise NotFound
    found.org = desk.org
    return desk, found


def environments_of(project: Project) -> list[Environment]:
    """In their order, each with what its target names."""
    found = list(project.environments.all())
    for each in found:
        each.org, each.project = project.org, project
    return found


def at_secret(request: HttpRequest, org: str, project: str, environment: str, name: str, *, to: Action) -> Bench:
    """Raises NotAllowed as well: who may not do what it is for is refused alike whether it exists or not."""
    desk = desk_in(request, org)
    secret = find_secret(desk.actor, project, environment, name, to=to)
    return Bench(desk, secret, grants_of(desk.actor, secret.target))


def named(project: Project, slug: str) -> Environment:
    """One of its environments."""
    for each in environments_of(project):
        if each.slug == slug:
            return each
    raise NotFound


def may_in(desk: Desk, action: Action, environments: list[Environment]) -> list[Environment]:
    """Those where the member may do it: by role, or by a grant, be it for some paths only."""
    grants = grants_of(desk.actor, environments[0].target) if environments else ()
    samples = {f"{each.prefix[:-1]}x" if each.prefix.endswith("*") else each.prefix for each in grants}
    return [
        each
        for each in environments
        if desk.may_on(action, each.target, grants)
        or any(desk.may_on(action, absent(each, sample), grants) for sample in samples - {""})
    ]
