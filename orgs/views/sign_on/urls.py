"""The addresses of Settings → Single sign-on."""

from django.urls import URLPattern, path

from orgs.models import Kind
from orgs.views.sign_on import details, pages

_ONE = "/<uuid:connection_id>"

urlpatterns: list[URLPattern] = [
    path("", pages.overview, name="sign-on"),
    path("/new/oidc", pages.new_connection, {"kind": Kind.OIDC.value}, name="new-oidc-connection"),
    path("/new/saml", pages.new_connection, {"kind": Kind.SAML.value}, name="new-saml-connection"),
    path("/new/github", pages.new_connection, {"kind": Kind.GITHUB.value}, name="new-github-connection"),
    path("/domains", details.add_domain, name="claim-domain"),
    path("/domains/<uuid:domain_id>/proof", details.look_domain_up, name="prove-domain"),
    path("/domains/<uuid:domain_id>/removal", details.give_domain_up, name="drop-domain"),
    path("/mappings/<uuid:mapping_id>/removal", details.remove_mapping, name="unmap-claim"),
    path(_ONE, pages.connection, name="sign-on-connection"),
    path(f"{_ONE}/configuration", pages.configure, name="configure-connection"),
    path(f"{_ONE}/rules", pages.change_rules, name="connection-rules"),
    path(f"{_ONE}/test", pages.test_connection, name="test-connection"),
    path(f"{_ONE}/deletion", pages.delete, name="delete-connection"),
    path(f"{_ONE}/role-mappings", details.add_role_mapping, name="map-role"),
    path(f"{_ONE}/team-mappings", details.add_team_mapping, name="map-team"),
]
