"""``manage.py sweep NAME``: a sweep now, or what it would do."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from keyvault.actor import system
from keyvault.errors import KeyVaultError
from keyvault.flows.sweeps.catalogue import SWEEPS
from keyvault.flows.sweeps.models import SweepRun
from keyvault.flows.sweeps.runner import run_sweep


class Command(BaseCommand):
    help = "Run a sweep now instead of when it is due; without a name, say which there are and how they last went."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", help=", ".join(SWEEPS))
        parser.add_argument("--dry-run", action="store_true", help="only count what would be done")

    def handle(self, *_: str, name: str | None, dry_run: bool, **options: Any) -> None:
        if name is None:
            self._list()
            return
        try:
            run = run_sweep(name, actor=system(f"sweep {name}"), dry=dry_run, seconds=float("inf"))
        except KeyVaultError as refusal:
            raise CommandError(refusal.detail) from None
        for what, count in run.result.items():
            self.stdout.write(f"{count:>6}  {what}")
        if dry_run:
            self.stdout.write("Nothing was changed.")
        if run.more:
            self.stdout.write("There is more: run it again.")

    def _list(self) -> None:
        for sweep in SWEEPS.values():
            last = SweepRun.objects.filter(name=sweep.name, dry=False).first()
            went = "never ran" if last is None else f"{last.began_at:%Y-%m-%d %H:%M}"
            often = _words(sweep.every.total_seconds())
            self.stdout.write(f"{sweep.name:<16}  every {often:<5}  {went:<16}  {sweep.about}")


def _words(seconds: float) -> str:
    hours = int(seconds // 3600)
    return f"{hours // 24} d" if hours % 24 == 0 else f"{hours} h"
