"""The addresses of projects and secrets, below those of their organization."""

from django.urls import URLPattern, path

from keyvault.secrets.views import board, projects

urlpatterns: list[URLPattern] = [
    path("new", projects.new_project, name="new-project"),
    path("<slug:project>/", board.project, name="project"),
]
