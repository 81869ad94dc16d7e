"""The gateway app: its rows. What a request passes through imports no Django, see the contracts in pyproject.toml."""

from django.apps import AppConfig


class GatewayConfig(AppConfig):
    name = "gateway"
