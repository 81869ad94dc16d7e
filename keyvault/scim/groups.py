"""/Groups."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from scim2_models import Context, PatchOp, ResponseParameters

from keyvault.actor import Actor
from keyvault.flows.looking import look
from keyvault.flows.scim import GroupFacts, change_group, create_group, remove_group
from keyvault.flows.scim.reading import find_group, groups_of, known_groups
from keyvault.scim import filters
from keyvault.scim.endpoint import ScimEndpoint
from keyvault.scim.group_patch import edited
from keyvault.scim.lists import page_of, search_of
from keyvault.scim.problems import answer
from keyvault.scim.resources import Group
from keyvault.scim.shapes import group_facts_of, shown_group
from orgs.permissions import Action


class Groups(ScimEndpoint):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self.listed(request.GET)

    def listed(self, asked: Mapping[str, Any]) -> HttpResponse:
        search = search_of(asked, Group)
        look(actor=self.actor, action=Action.LIST_TEAMS, on=self.org.target)
        with_people = _wants_members(search) or search.filter is not None

        def shown(rows: QuerySet[Any, Any]) -> list[Group]:
            return [shown_group(group) for group in known_groups(rows, with_people=with_people)]

        return answer(page_of(search, groups_of(self.actor), filters.GROUPS, shown))

    def post(self, request: HttpRequest) -> HttpResponse:
        shown = self.shown(Group)
        said = Group.model_validate(self.said(), scim_ctx=Context.RESOURCE_CREATION_REQUEST)
        group_id = create_group(actor=self.actor, org=self.org, facts=group_facts_of(said))
        return _shown(self.actor, group_id, Context.RESOURCE_CREATION_RESPONSE, shown, status=201)


class GroupSearch(Groups):
    """As :class:`keyvault.scim.users.UserSearch`."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        return self.listed(self.said())


class GroupView(ScimEndpoint):
    def get(self, request: HttpRequest, group: UUID) -> HttpResponse:
        shown = self.shown(Group)
        look(actor=self.actor, action=Action.LIST_TEAMS, on=self.org.target)
        version = _version(self.actor, group)
        if self.knows(version):
            return answer(None, status=304, headers={"ETag": version})
        return _shown(self.actor, group, Context.RESOURCE_QUERY_RESPONSE, shown)

    def put(self, request: HttpRequest, group: UUID) -> HttpResponse:
        shown = self.shown(Group)
        said = Group.model_validate(self.said(), scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
        wanted = group_facts_of(said)
        self._require_current(group)
        change_group(actor=self.actor, org=self.org, group_id=group, edit=lambda before: wanted)
        return _shown(self.actor, group, Context.RESOURCE_REPLACEMENT_RESPONSE, shown)

    def patch(self, request: HttpRequest, group: UUID) -> HttpResponse:
        """Answered without a body, unless attributes are asked for: the members may be thousands."""
        shown = self.shown(Group)
        operations = PatchOp[Group].model_validate(self.operations(), scim_ctx=Context.RESOURCE_PATCH_REQUEST)

        def edit(before: GroupFacts) -> GroupFacts:
            return edited(operations, before)

        self._require_current(group)
        change_group(actor=self.actor, org=self.org, group_id=group, edit=edit)
        if shown.attributes or shown.excluded_attributes:
            return _shown(self.actor, group, Context.RESOURCE_PATCH_RESPONSE, shown)
        return answer(None, status=204, headers={"ETag": _version(self.actor, group)})

    def delete(self, request: HttpRequest, group: UUID) -> HttpResponse:
        self._require_current(group)
        remove_group(actor=self.actor, org=self.org, group_id=group)
        return answer(None, status=204)

    def _require_current(self, group: UUID) -> None:
        if "If-Match" in self.request.headers:
            self.require_version(_version(self.actor, group))


def _shown(
    actor: Actor, group_id: UUID, context: Context, parameters: ResponseParameters[Group], *, status: int = 200
) -> HttpResponse:
    group = shown_group(find_group(actor, group_id, with_people=_wants_members(parameters)))
    document = group.model_dump(scim_ctx=context, response_parameters=parameters)
    assert group.meta is not None  # noqa: S101 - shown_group gives it
    headers = {"ETag": group.meta.version or "", "Location": group.meta.location or ""}
    return answer(document, status=status, headers=headers)


def _version(actor: Actor, group_id: UUID) -> str:
    meta = shown_group(find_group(actor, group_id, with_people=False)).meta
    return (meta.version if meta else None) or ""


def _wants_members(parameters: ResponseParameters[Group]) -> bool:
    """Where they are not shown, they are not read."""
    asked = {str(path).lower() for path in parameters.attributes or ()}
    excluded = {str(path).lower() for path in parameters.excluded_attributes or ()}
    return "members" not in excluded and (not asked or any(name.startswith(("members", "urn:")) for name in asked))
