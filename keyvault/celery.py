"""The Celery app: ``celery -A keyvault.celery worker`` and ``… beat``."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, celeryd_init

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
