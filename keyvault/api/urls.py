"""Every address of the API. The token names the organization, so no path does; a secret's name comes last."""

from django.urls import URLPattern, path

from audit import api as audit
from keyvault.api.docs import Docs, openapi
from orgs import api as orgs

_PROJECT = "projects/<slug:project>"
_PLACE = f"{_PROJECT}/environments/<slug:environment>"

urlpatterns: list[URLPattern] = [
    path("openapi.json", openapi, name="openapi"),
    path("docs", Docs.as_view(), name="docs"),
    path("whoami", orgs.WhoAmI.as_view()),
    path("organization", orgs.OrganizationView.as_view()),
    path("members", orgs.Members.as_view()),
    path("members/<uuid:member>", orgs.Member.as_view()),
    path("teams", orgs.Teams.as_view()),
    path("teams/<slug:team>", orgs.TeamView.as_view()),
    path("events", audit.Events.as_view()),
    path("events/<uuid:event>", audit.EventView.as_view()),
]
