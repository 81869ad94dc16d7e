"""The roof as an app: commands, static files, and the Celery app that every process shares."""

from django.apps import AppConfig


class KeyVaultConfig(AppConfig):
    name = "keyvault"

    def ready(self) -> None:
        from keyvault import backends, celery  # noqa: F401  a check; shared tasks find their app, in the web server too
        from keyvault.flows import browser_sessions, person_events  # noqa: F401  their receivers
        from keyvault.flows.engagements import jobs as _engagements  # noqa: F401  what they do of the work that waits
        from keyvault.flows.keys import jobs as _keys  # noqa: F401
        from keyvault.flows.offboarding import jobs as _offboarding  # noqa: F401
