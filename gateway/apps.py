"""The gateway app: its rows. What a request passes through imports no Django, see the contracts in pyproject.toml."""

from django.apps import AppConfig


class GatewayConfig(AppConfig):
    name = "gateway"

    def ready(self) -> None:
        from gateway.services import token_limits
        from tokens.limits import keep_with

        keep_with(token_limits)
