"""``manage.py audit partitions``: makes the months ahead by hand, where no worker does it daily."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import partitions


class Command(BaseCommand):
    help = "Care of the audit log."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        making = acts.add_parser("partitions", help="make the partitions of the months ahead and check their triggers")
        making.add_argument("--months", type=int, default=partitions.MONTHS_AHEAD, help="how far ahead (0 to 120)")

    def handle(self, *args: Any, months: int, **options: Any) -> None:
        if not 0 <= months <= 120:
            raise CommandError("--months is between 0 and 120.")
        made = partitions.make_ahead(months)
        self.stdout.write(f"{made} made, {partitions.months_ahead()} months ahead.")
