"""The addresses of Settings → API keys."""

from django.urls import path

from tokens import views

urlpatterns = [
    path("", views.api_keys, name="api-keys"),
    path("services", views.create_service, name="create-service"),
    path("<uuid:token_id>/revocation", views.revoke_api_key, name="revoke-api-key"),
]
