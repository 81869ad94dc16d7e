"""``manage.py pg TOOL …``: psql, pg_dump or pg_restore, already pointed at the database as its owner."""

import argparse
import os
import subprocess
import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from keyvault.embedded.binaries import postgres_binary
from keyvault.owner import database_owner

_PLACES = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
_VERIFIED_BY = {"PGSSLMODE": "sslmode", "PGSSLROOTCERT": "sslrootcert"}


class Command(BaseCommand):
    help = "Run psql, pg_dump or pg_restore on this installation's database, as its owner."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("tool", choices=["psql", "pg_dump", "pg_restore"])
        parser.add_argument("arguments", nargs=argparse.REMAINDER)

    def handle(self, *_: str, tool: str, arguments: list[str], **options: Any) -> None:
        """The password goes by the environment: arguments can be read by every user of the machine."""
        with database_owner():
            settings = connection.settings_dict
            places = {variable: str(settings[key]) for variable, key in _PLACES.items() if settings[key]}
            options = settings["OPTIONS"]
            places |= {variable: str(options[key]) for variable, key in _VERIFIED_BY.items() if key in options}
        # The wheel's tools are the newest that are supported, and an older server answers them as well.
        run = subprocess.run([postgres_binary(tool), *arguments], env=os.environ | places, check=False)
        sys.exit(run.returncode)
