"""The addresses of Settings → API keys."""

from django.urls import URLPattern, path

from keyvault.actor import TokenKind
from tokens import views

urlpatterns: list[URLPattern] = [
    path("", views.api_keys, name="api-keys"),
    path("/new", views.new_api_key, {"kind": TokenKind.PERSON}, name="new-api-key"),
    path("/new/service", views.new_api_key, {"kind": TokenKind.SERVICE}, name="new-service-key"),
    path("/new/ci", views.new_api_key, {"kind": TokenKind.CI}, name="new-ci-key"),
    path("/new/team", views.new_api_key, {"kind": TokenKind.TEAM}, name="new-team-key"),
    path("/new/production", views.new_production_key, name="new-production-key"),
    path("/services", views.create_service, name="create-service"),
    path("/<uuid:token_id>/opening", views.open_api_key, name="open-api-key"),
    path("/<uuid:token_id>/copy", views.copy_api_key, name="copy-api-key"),
    path("/<uuid:token_id>/revocation", views.revoke_api_key, name="revoke-api-key"),
]
