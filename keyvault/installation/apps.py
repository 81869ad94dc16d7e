"""The installation app."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class InstallationConfig(AppConfig):
    name = "keyvault.installation"
    label = "installation"

    def ready(self) -> None:
        from keyvault.installation import guard

        connection_created.connect(guard.look_at_new_connection)
