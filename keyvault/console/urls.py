"""The addresses of the screens that belong to no one room, below those of their organization."""

from django.urls import URLPattern, path

from keyvault.console import access, danger, general, leaks, overview, search, streams

urlpatterns: list[URLPattern] = [
    path("", overview.overview, name="overview"),
    path("access", access.access, name="access"),
    path("access/export", access.export, name="access-export"),
    path("search", search.search, name="search"),
    path("leaks", leaks.leaks, name="leaks"),
    path("settings", general.settings, name="settings"),
    path("settings/name", general.rename, name="rename-organization"),
    path("settings/streams", streams.streams, name="streams"),
    path("settings/streams/new", streams.new_stream, name="new-stream"),
    path("settings/streams/<uuid:stream_id>/deletion", streams.end_stream, name="delete-stream"),
    path("settings/danger", danger.danger, name="danger"),
    path("settings/danger/ownership", danger.hand_over, name="transfer-ownership"),
]
