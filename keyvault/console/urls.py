"""The addresses of the screens that belong to no one room, below those of their organization."""

from django.urls import URLPattern, path

from keyvault.console import leaks, overview, search

urlpatterns: list[URLPattern] = [
    path("", overview.overview, name="overview"),
    path("search", search.search, name="search"),
    path("leaks", leaks.leaks, name="leaks"),
]
