"""Projects and their environments."""

from rest_framework.request import Request
from rest_framework.response import Response

from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.flows.looking import reach_of
from keyvault.secrets.api.places import find_environment, find_project
from keyvault.secrets.api.serializers import (
    DuplicatesSerializer,
    EnvironmentChangeSerializer,
    EnvironmentSerializer,
    NewEnvironmentSerializer,
    NewProjectSerializer,
    ProjectChangeSerializer,
    ProjectSerializer,
)
from keyvault.secrets.models import Environment, Project
from keyvault.secrets.services.duplicates import find_duplicates
from keyvault.secrets.services.environments import change_environment, create_environment, delete_environment
from keyvault.secrets.services.projects import change_project, create_project, delete_project
from orgs.access import require
from orgs.permissions import Action


class Projects(Endpoint):
    tag = "projects"
    ordering = "slug"

    @operation("list_projects", answers=ProjectSerializer(many=True))
    def get(self, request: Request) -> Response:
        require(self.actor, Action.LIST_PROJECTS, reach_of(self.actor))
        return self.page(Project.objects.visible_to(self.actor), ProjectSerializer)

    @operation("create_project", takes=NewProjectSerializer, answers=ProjectSerializer, status=201, refuses=(409,))
    def post(self, request: Request) -> Response:
        """With its three environments: development, staging and production."""
        made = create_project(actor=self.actor, **self.said(NewProjectSerializer))
        return Response(ProjectSerializer(made).data, status=201)


class ProjectView(Endpoint):
    tag = "projects"

    @operation("get_project", answers=ProjectSerializer, refuses=(404,))
    def get(self, request: Request, project: str) -> Response:
        found = find_project(self.actor, project)
        require(self.actor, Action.LIST_PROJECTS, found.target)
        return Response(ProjectSerializer(found).data)

    @operation("change_project", takes=ProjectChangeSerializer, answers=ProjectSerializer, refuses=(404,))
    def patch(self, request: Request, project: str) -> Response:
        said, found = self.said(ProjectChangeSerializer), find_project(self.actor, project)
        return Response(ProjectSerializer(change_project(actor=self.actor, project=found, **said)).data)

    @operation("delete_project", status=204, refuses=(404, 409))
    def delete(self, request: Request, project: str) -> Response:
        """Only an empty one, without live tokens."""
        delete_project(actor=self.actor, project=find_project(self.actor, project))
        return Response(status=204)


class Environments(Endpoint):
    tag = "projects"

    @operation("list_environments", answers=EnvironmentSerializer(many=True), refuses=(404,))
    def get(self, request: Request, project: str) -> Response:
        found = find_project(self.actor, project)
        require(self.actor, Action.LIST_PROJECTS, found.target)
        return self.page(Environment.objects.visible_to(self.actor).filter(project=found), EnvironmentSerializer)

    @operation(
        "create_environment",
        takes=NewEnvironmentSerializer,
        answers=EnvironmentSerializer,
        status=201,
        refuses=(404, 409),
    )
    def post(self, request: Request, project: str) -> Response:
        said, found = self.said(NewEnvironmentSerializer), find_project(self.actor, project)
        made = create_environment(actor=self.actor, project=found, **said)
        return Response(EnvironmentSerializer(made).data, status=201)


class EnvironmentView(Endpoint):
    tag = "projects"

    @operation("get_environment", answers=EnvironmentSerializer, refuses=(404,))
    def get(self, request: Request, project: str, environment: str) -> Response:
        found = find_environment(self.actor, project, environment)
        require(self.actor, Action.LIST_PROJECTS, found.target)
        return Response(EnvironmentSerializer(found).data)

    @operation("change_environment", takes=EnvironmentChangeSerializer, answers=EnvironmentSerializer, refuses=(404,))
    def patch(self, request: Request, project: str, environment: str) -> Response:
        """No token takes protection away; an owner does it in the console."""
        said, found = self.said(EnvironmentChangeSerializer), find_environment(self.actor, project, environment)
        return Response(EnvironmentSerializer(change_environment(actor=self.actor, environment=found, **said)).data)

    @operation("delete_environment", status=204, refuses=(404, 409))
    def delete(self, request: Request, project: str, environment: str) -> Response:
        """Only an empty one, without live tokens."""
        delete_environment(actor=self.actor, environment=find_environment(self.actor, project, environment))
        return Response(status=204)


class Duplicates(Endpoint):
    """The same value in two environments, among what the token may read."""

    tag = "projects"

    @operation("find_duplicates", answers=DuplicatesSerializer, refuses=(404,))
    def get(self, request: Request, project: str) -> Response:
        found = find_project(self.actor, project)
        require(self.actor, Action.LIST_PROJECTS, found.target)
        groups = find_duplicates(actor=self.actor, project=found)
        return Response(DuplicatesSerializer({"duplicates": groups}).data)
