"""The tokens app."""

from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "tokens"
