"""The project, environment or secret that an address names, for a member at work."""

from django.http import HttpRequest

from keyvault.console.desk import Desk, desk_in
from keyvault.errors import NotFound
from keyvault.secrets.models import Project


def project_in(desk: Desk, slug: str) -> Project:
    """Raises NotFound."""
    found = Project.objects.visible_to(desk.actor).filter(slug=slug).first()
    if found is None:
        raise NotFound
    found.org = desk.org
    return found


def at_project(request: HttpRequest, org: str, project: str) -> tuple[Desk, Project]:
    desk = desk_in(request, org)
    return desk, project_in(desk, project)
