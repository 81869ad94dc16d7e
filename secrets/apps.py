"""The secrets app, imported as keyvault.secrets: the folder has no __init__.py (docs/adr/0001-link.md)."""

from django.apps import AppConfig


class SecretsConfig(AppConfig):
    name = "keyvault.secrets"
    label = "secrets"
