"""The orgs app."""

from django.apps import AppConfig


class OrgsConfig(AppConfig):
    name = "orgs"

    def ready(self) -> None:
        from keyvault.jobs.registry import resolve_authors_with
        from orgs.authors import actor_of

        resolve_authors_with(actor_of)
