"""/Users."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from scim2_models import Context, PatchOp

from keyvault.flows.looking import look
from keyvault.flows.scim import KnownPerson, PersonFacts, change_person, create_person, remove_person
from keyvault.flows.scim.reading import find_person, known_people, people_of
from keyvault.scim import filters
from keyvault.scim.endpoint import ScimEndpoint
from keyvault.scim.lists import page_of, search_of
from keyvault.scim.problems import answer
from keyvault.scim.resources import Enterprise, Person, User
from keyvault.scim.shapes import facts_of, person_of, shown_person
from orgs.permissions import Action

_READ_ONLY = frozenset({"id", "schemas", "meta", "groups"})


class Users(ScimEndpoint):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self.listed(request.GET)

    def listed(self, asked: Mapping[str, Any]) -> HttpResponse:
        search = search_of(asked, Person)
        look(actor=self.actor, action=Action.LIST_MEMBERS, on=self.org.target)
        return answer(page_of(search, people_of(self.actor), filters.USERS, self._shown))

    def _shown(self, rows: QuerySet[Any, Any]) -> list[User[Any]]:
        return [shown_person(known) for known in known_people(self.actor, rows)]

    def post(self, request: HttpRequest) -> HttpResponse:
        shown = self.shown(Person)
        person = Person.model_validate(self.said(), scim_ctx=Context.RESOURCE_CREATION_REQUEST)
        user_id = create_person(actor=self.actor, org=self.org, facts=facts_of(person))
        return _shown(find_person(self.actor, user_id), Context.RESOURCE_CREATION_RESPONSE, shown, status=201)


class UserSearch(Users):
    """A query whose filter stays out of addresses and their logs (RFC 7644 §3.4.3)."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        return self.listed(self.said())


class UserView(ScimEndpoint):
    def get(self, request: HttpRequest, user: UUID) -> HttpResponse:
        shown = self.shown(Person)
        look(actor=self.actor, action=Action.LIST_MEMBERS, on=self.org.target)
        known = find_person(self.actor, user)
        if self.knows(_version(known)):
            return answer(None, status=304, headers={"ETag": _version(known)})
        return _shown(known, Context.RESOURCE_QUERY_RESPONSE, shown)

    def put(self, request: HttpRequest, user: UUID) -> HttpResponse:
        shown = self.shown(Person)
        said = Person.model_validate(self.said(), scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)

        def edit(before: PersonFacts) -> PersonFacts:
            person = said.model_copy(deep=True)
            if person[Enterprise] is None and before.unit:  # a directory that knows no departments clears none
                person[Enterprise] = Enterprise(department=before.unit)
            return facts_of(person, before)

        self._require_current(user)
        change_person(actor=self.actor, org=self.org, user_id=user, edit=edit)
        return _shown(find_person(self.actor, user), Context.RESOURCE_REPLACEMENT_RESPONSE, shown)

    def patch(self, request: HttpRequest, user: UUID) -> HttpResponse:
        shown = self.shown(Person)
        body = _without_read_only(self.operations())
        operations = PatchOp[Person].model_validate(body, scim_ctx=Context.RESOURCE_PATCH_REQUEST)

        def edit(before: PersonFacts) -> PersonFacts:
            person = person_of(before)
            operations.patch(person)
            return facts_of(person, before)

        self._require_current(user)
        change_person(actor=self.actor, org=self.org, user_id=user, edit=edit)
        return _shown(find_person(self.actor, user), Context.RESOURCE_PATCH_RESPONSE, shown)

    def delete(self, request: HttpRequest, user: UUID) -> HttpResponse:
        self._require_current(user)
        remove_person(actor=self.actor, org=self.org, user_id=user)
        return answer(None, status=204)

    def _require_current(self, user: UUID) -> None:
        if "If-Match" in self.request.headers:
            self.require_version(_version(find_person(self.actor, user)))


def _shown(known: KnownPerson, context: Context, parameters: Any, *, status: int = 200) -> HttpResponse:
    person = shown_person(known)
    document = person.model_dump(scim_ctx=context, response_parameters=parameters)
    assert person.meta is not None  # noqa: S101 - shown_person gives it
    headers = {"ETag": person.meta.version or "", "Location": person.meta.location or ""}
    return answer(document, status=status, headers=headers)


def _version(known: KnownPerson) -> str:
    meta = shown_person(known).meta
    return (meta.version if meta else None) or ""


def _without_read_only(body: dict[str, Any]) -> dict[str, Any]:
    """Okta repeats the id in the value of an operation without path; it says nothing."""
    for operation in _listed(body):
        value = operation.get("value")
        if "path" not in operation and isinstance(value, dict):
            operation["value"] = {name: each for name, each in value.items() if name.lower() not in _READ_ONLY}
    return body


def _listed(body: dict[str, Any]) -> list[dict[str, Any]]:
    listed = next((value for name, value in body.items() if name.lower() == "operations"), None)
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
