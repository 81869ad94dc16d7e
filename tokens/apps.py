"""The tokens app."""

from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "tokens"

    def ready(self) -> None:
        from orgs.authors import resolve_tokens_with
        from tokens.authors import actor_of

        resolve_tokens_with(actor_of)
