"""The gateway app: its rows. What a request passes through imports no Django, see the contracts in pyproject.toml."""

from django.apps import AppConfig


class GatewayConfig(AppConfig):
    name = "gateway"

    def ready(self) -> None:
        """The rooms below ask for what only this one knows."""
        from gateway import destinations
        from gateway.services import token_limits
        from keyvault.secrets.brokering import find_with
        from tokens.limits import keep_with

        find_with(destinations)
        keep_with(token_limits)
