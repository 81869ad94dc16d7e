"""Every address of the product."""

from django.urls import URLPattern, URLResolver, include, path

from keyvault.health import healthz, readyz
from keyvault.pages import account, home

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("api/v1/", include("keyvault.api.urls")),
    path("", home, name="home"),
    path("account", account, name="account"),
    path("accounts/", include("allauth.account.urls")),
    path("settings/api-keys/", include("tokens.urls")),
]

handler400 = "keyvault.api.pages.bad_request"
handler403 = "keyvault.api.pages.permission_denied"
handler404 = "keyvault.api.pages.not_found"
handler500 = "keyvault.api.pages.failed"
