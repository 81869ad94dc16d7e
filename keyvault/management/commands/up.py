"""``manage.py up``: everything KeyVault needs on one machine, under one process."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from keyvault.supervisor.up import Site, up


class Command(BaseCommand):
    help = "Run PostgreSQL, Redis, the web server, the worker, beat, the sealer and the gateway until Ctrl-C."
    requires_system_checks = []  # the database is not up yet; the children check for themselves

    def handle(self, *args: Any, **options: Any) -> None:
        up(
            Site(
                var=settings.DATA_DIR,
                host=settings.KEYVAULT_WEB_HOST,
                port=settings.KEYVAULT_WEB_PORT,
                gateway_host=settings.KEYVAULT_GATEWAY_HOST,
                gateway_port=settings.KEYVAULT_GATEWAY_PORT,
                url=settings.KEYVAULT_URL,
                gateway_url=settings.KEYVAULT_GATEWAY_URL,
            )
        )
