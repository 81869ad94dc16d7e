"""``manage.py sealer``: seals the log until it is told to stop. One of it, with its own folder and database role."""

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from audit.sealing import seed
from audit.sealing.errors import SealerRefuses
from audit.sealing.loop import Loop
from keyvault.keyring.purposes import Ring
from keyvault.owner import database_sealer
from keyvault.processes.errors import CannotStart
from keyvault.processes.linux import forbid_inspection
from keyvault.start import require_cover, require_key_ring


class Command(BaseCommand):
    help = "Seal the audit log, every KEYVAULT_SEAL_SECONDS, until Ctrl-C."
    requires_system_checks = []  # of web pages and mails, which are none of its business

    def handle(self, *args: Any, **options: Any) -> None:
        forbid_inspection()
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        with database_sealer():
            try:
                require_cover()
                require_key_ring(Ring.MAIN)
                seed.own_folder(settings.KEYVAULT_SEALER_DIR)
            except (CannotStart, SealerRefuses) as reason:
                raise CommandError(f"The sealer cannot start: {reason}") from None
            self.stdout.write(f"sealing, with its state in {settings.KEYVAULT_SEALER_DIR}")
            self.stdout.flush()
            Loop(settings.KEYVAULT_SEALER_DIR).run(stop)
