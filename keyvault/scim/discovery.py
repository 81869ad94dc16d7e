"""What the service says of itself (RFC 7644 §4): to a directory that has a token, like everything here."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from scim2_models import Context, ListResponse, Resource

from keyvault.errors import NotAllowed, NotFound
from keyvault.scim.endpoint import ScimEndpoint
from keyvault.scim.problems import answer
from keyvault.scim.resources import CONFIG, PROVIDER

BASE = "/scim/v2"


class Configuration(ScimEndpoint):
    def get(self, request: HttpRequest) -> HttpResponse:
        return answer(_described(CONFIG, "ServiceProviderConfig", f"{BASE}/ServiceProviderConfig"))


class Kinds(ScimEndpoint):
    """A list of descriptions, and each by its id. They cannot be filtered (RFC 7644 §4)."""

    name = ""

    def get(self, request: HttpRequest, key: str = "") -> HttpResponse:
        if "filter" in request.GET:
            raise NotAllowed("Descriptions are not filtered.")
        found = [each for each in self.all() if not key or each.id == key]
        described = [_described(each, self.name, f"{BASE}/{self.name}s/{each.id}") for each in found]
        if not key:
            return answer(_list(described))
        if not described:
            raise NotFound
        return answer(described[0])

    def all(self) -> tuple[Resource[Any], ...]:
        raise NotImplementedError


class ResourceTypes(Kinds):
    name = "ResourceType"

    def all(self) -> tuple[Resource[Any], ...]:
        return PROVIDER.resource_types


class Schemas(Kinds):
    name = "Schema"

    def all(self) -> tuple[Resource[Any], ...]:
        return PROVIDER.schemas


def _described(resource: Resource[Any], kind: str, path: str) -> dict[str, Any]:
    document = resource.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    document["meta"] = {"resourceType": kind, "location": f"{settings.KEYVAULT_URL}{path}"}
    return document


def _list(resources: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "schemas": [str(ListResponse.__schema__)],
        "totalResults": len(resources),
        "startIndex": 1,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }
