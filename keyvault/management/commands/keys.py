"""``manage.py keys``: the key ceremonies.

Exit codes: 0 done or nothing to do; 1 refused, or a check failed; 2 wrong usage; 3 all works, but something should
be done (``status`` only). Standard output never holds a key, but for a new recovery key shown on a terminal.
"""

import argparse
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from keyvault.actor import system
from keyvault.errors import KeyVaultError
from keyvault.flows.keys.init import init_keys
from keyvault.keyring.recovery import RecoveryKey
from keyvault.processes.private import make_private_folder, write_private

ACTOR = system("keys")

_SHOWN = """
The recovery key, shown this once. Write it down and keep it away from this machine: with it and a backup
every value can be read again after the root keys are lost.

    {}

Then prove that you have it: manage.py keys recovery-confirm
"""
_WRITTEN = """\
The recovery key is in {} (mode 0600). Move it away from this machine: with it and a backup every value can be
read again after the root keys are lost. Then prove that you have it: manage.py keys recovery-confirm"""


class Command(BaseCommand):
    help = "Look after the root keys and data keys of this installation."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
        acts.add_parser("init", help="make the root keys' records, the recovery key and the instance's data keys")

    def handle(self, *_: str, act: str, **options: Any) -> None:
        try:
            getattr(self, act.replace("-", "_"))(options)
        except KeyVaultError as refusal:
            raise CommandError(refusal.detail) from None

    def init(self, options: dict[str, Any]) -> None:
        made = init_keys(actor=ACTOR, deliver=self._deliver)
        self.stdout.write("The key ring is ready." if made.anything else "The key ring was ready already.")

    def _deliver(self, key: RecoveryKey) -> None:
        if self.stdout.isatty():
            self.stdout.write(_SHOWN.format(key.text()))
        else:
            self.stdout.write(_WRITTEN.format(_write_recovery_key(key)))


def _write_recovery_key(key: RecoveryKey) -> Path:
    path = make_private_folder(Path(settings.DATA_DIR) / "keys") / "recovery.key"
    if path.exists():  # of an earlier database, whose backups may still need it
        path.rename(path.with_name(f"recovery.key.{time.time_ns()}"))
    write_private(path, key.text() + "\n")
    return path
