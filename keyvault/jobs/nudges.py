"""Telling a worker that a row waits. A broker that is lost costs the request a moment, and the work some seconds."""

import logging
import time
from uuid import UUID

from celery import current_app
from kombu import pools
from kombu.exceptions import LimitExceeded, OperationalError

from keyvault.jobs import tasks

log = logging.getLogger(__name__)

# Seconds without a nudge after one that failed: the sweep comes about as often, and nobody else waits for the broker.
_AWAY = 10.0
# A request must not wait as long as a worker may.
_IMPATIENT = {"socket_timeout": 0.5, "max_retries": 0}

_away_until = 0.0


def nudge(job_id: UUID) -> None:
    """Asks a worker to look at the row now, if the broker answers: the sweep finds the row as well."""
    global _away_until  # noqa: PLW0603  one process's memory of its broker
    if time.monotonic() < _away_until:
        return
    try:
        _send(job_id)
    except (OperationalError, LimitExceeded) as error:
        _away_until = time.monotonic() + _AWAY
        log.warning("job %s waits for the sweep: the broker does not answer (%s)", job_id, type(error).__name__)


def _send(job_id: UUID) -> None:
    options = {**current_app.conf.broker_transport_options, **_IMPATIENT}
    connection = current_app.connection_for_write(transport_options=options)
    with pools.producers[connection].acquire(block=True, timeout=1) as producer:
        tasks.run.apply_async(args=(str(job_id),), producer=producer, retry=False)
