"""The jobs app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    name = "keyvault.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Every app says in its ``jobs.py`` what it does for which kind of job."""
        autodiscover_modules("jobs")
