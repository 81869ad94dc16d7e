"""The Celery app: ``celery -A keyvault.celery worker`` and ``… beat``."""

import os
import sys
from typing import Any

import django
from celery import Celery
from celery.signals import beat_init, celeryd_init, worker_init

from keyvault.processes.errors import CannotStart
from keyvault.processes.linux import forbid_inspection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyvault.settings")

app = Celery("keyvault")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
@beat_init.connect
def _harden(**_: Any) -> None:
    """Celery's own hook, before the pool is forked: its children inherit it."""
    forbid_inspection()


@worker_init.connect
def _require_keys(**_: Any) -> None:
    django.setup()
    from keyvault.keyring.purposes import Ring
    from keyvault.start import require_cover, require_key_ring

    try:
        require_cover()
        require_key_ring(Ring.MAIN)
    except CannotStart as reason:
        sys.exit(f"The worker cannot start: {reason}")
