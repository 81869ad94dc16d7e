"""Every address of the product."""

from django.urls import URLPattern, URLResolver, path

from keyvault.health import healthz, readyz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
]
