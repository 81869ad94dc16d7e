"""Django's ``migrate``, as the database's owner."""

from typing import Any

from django.core.management.commands import migrate

from gateway.rights import give_rights
from keyvault.owner import database_owner


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with database_owner():
            super().handle(*args, **options)
            if not (options.get("plan") or options.get("check_unapplied")):
                give_rights()
