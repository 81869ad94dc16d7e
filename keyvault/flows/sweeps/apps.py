"""The sweeps app."""

from django.apps import AppConfig


class SweepsConfig(AppConfig):
    name = "keyvault.flows.sweeps"
    label = "sweeps"
