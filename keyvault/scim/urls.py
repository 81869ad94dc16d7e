"""The addresses of SCIM. The token names the organization, so no path does."""

from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt

from keyvault.scim import discovery, endpoint, groups, users


def _at(route: str, view: type[endpoint.ScimEndpoint], name: str) -> URLPattern:
    """No cookie counts here, so there is nothing to forge."""
    return path(route, csrf_exempt(view.as_view()), name=name)


urlpatterns: list[URLPattern] = [
    _at("Users", users.Users, "scim-users"),
    _at("Users/.search", users.UserSearch, "scim-user-search"),
    _at("Users/<uuid:user>", users.UserView, "scim-user"),
    _at("Groups", groups.Groups, "scim-groups"),
    _at("Groups/.search", groups.GroupSearch, "scim-group-search"),
    _at("Groups/<uuid:group>", groups.GroupView, "scim-group"),
    _at("ServiceProviderConfig", discovery.Configuration, "scim-configuration"),
    _at("ResourceTypes", discovery.ResourceTypes, "scim-resource-types"),
    _at("ResourceTypes/<str:key>", discovery.ResourceTypes, "scim-resource-type"),
    _at("Schemas", discovery.Schemas, "scim-schemas"),
    _at("Schemas/<str:key>", discovery.Schemas, "scim-schema"),
    re_path(r"", csrf_exempt(endpoint.NoSuchPlace.as_view()), name="scim-nowhere"),
]
