"""The addresses of usage, below that of the organization."""

from django.urls import URLPattern, path

from gateway.views import usage

urlpatterns: list[URLPattern] = [
    path("", usage.usage, name="usage"),
    path("/export", usage.export, name="usage-export"),
]
