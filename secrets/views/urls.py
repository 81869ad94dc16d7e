"""The addresses of projects and secrets, below those of their organization. A secret's name comes last."""

from django.urls import URLPattern, path

from keyvault.secrets.views import (
    access,
    board,
    code,
    comparing,
    importing,
    projects,
    removing,
    secret,
    settings,
    storing,
    values,
)

_PROJECT = "<slug:project>"
_PLACE = f"{_PROJECT}/e/<slug:env>"
_NAME = "<path:name>"

urlpatterns: list[URLPattern] = [
    path("new", projects.new_project, name="new-project"),
    path(f"{_PROJECT}/", board.project, name="project"),
    path(f"{_PROJECT}/import", importing.import_secrets, name="import-secrets"),
    path(f"{_PROJECT}/code", code.code, name="use-in-code"),
    path(f"{_PROJECT}/access", access.access, name="project-access"),
    path(f"{_PROJECT}/access/grants", access.add_grant, name="add-grant"),
    path(f"{_PROJECT}/access/grants/<uuid:grant_id>/end", access.end_grant, name="end-grant"),
    path(f"{_PROJECT}/settings", settings.settings, name="project-settings"),
    path(f"{_PROJECT}/settings/environments", settings.add_environment, name="add-environment"),
    path(f"{_PLACE}/settings", settings.edit_environment, name="edit-environment"),
    path(f"{_PLACE}/deletion", settings.remove_environment, name="remove-environment"),
    path(f"{_PROJECT}/deletion", settings.delete, name="delete-project"),
    path(f"{_PROJECT}/new-secret", storing.new_secret, name="new-secret"),
    path(f"{_PROJECT}/s/{_NAME}", secret.secret, name="secret"),
    path(f"{_PLACE}/reveal/{_NAME}", values.reveal, name="reveal"),
    path(f"{_PLACE}/copy/{_NAME}", values.copy, name="copy-value"),
    path(f"{_PLACE}/comparison/{_NAME}", comparing.compare, name="compare-versions"),
    path(f"{_PLACE}/version/{_NAME}", storing.new_version, name="new-version"),
    path(f"{_PLACE}/restoration/{_NAME}", removing.restore, name="restore-version"),
    path(f"{_PLACE}/erasure/{_NAME}", removing.erase, name="erase-version"),
    path(f"{_PLACE}/about/{_NAME}", storing.edit_about, name="edit-secret"),
    path(f"{_PLACE}/delete/{_NAME}", removing.delete, name="delete-secret"),
    path(f"{_PLACE}/undeletion/{_NAME}", removing.undelete, name="undelete-secret"),
]
