"""The app of the texts that anybody may read."""

from django.apps import AppConfig


class PublicTextsConfig(AppConfig):
    name = "keyvault.flows.public_texts"
    label = "public_texts"
