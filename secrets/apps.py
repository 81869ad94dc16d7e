"""The secrets app, imported as keyvault.secrets: the folder has no __init__.py (docs/adr/0001-link.md)."""

from django.apps import AppConfig


class SecretsConfig(AppConfig):
    name = "keyvault.secrets"
    label = "secrets"

    def ready(self) -> None:
        from keyvault.secrets.services.grants import team_reads_protected
        from orgs.reach import tell_protected_reads_with

        tell_protected_reads_with(team_reads_protected)
