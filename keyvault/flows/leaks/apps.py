"""The leak desk's app."""

from django.apps import AppConfig


class LeaksConfig(AppConfig):
    name = "keyvault.flows.leaks"
    label = "leaks"
