"""The orgs app."""

from django.apps import AppConfig


class OrgsConfig(AppConfig):
    name = "orgs"

    def ready(self) -> None:
        from accounts.homes import tell_homes_with
        from keyvault.jobs.registry import resolve_authors_with
        from orgs.authors import actor_of
        from orgs.homes import homes_of

        resolve_authors_with(actor_of)
        tell_homes_with(homes_of)
