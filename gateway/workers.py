"""The gateway's processes: one that listens and looks after the others, and the workers that serve."""

import multiprocessing
import signal
import time
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Any

import uvicorn
from django.db import connection

from gateway import main
from keyvault.processes.linux import forbid_inspection
from keyvault.processes.workers import end_with_server

_DRAIN = 33.0  # seconds; a worker's server waits for 30 for what runs
_RESTART = 1.0

_context = multiprocessing.get_context("fork")


def run(count: int, **options: Any) -> None:
    """Until SIGTERM or SIGINT. A worker that dies is replaced; ``options`` are uvicorn's."""
    listening = uvicorn.Config("gateway", host=options["host"], port=options["port"]).bind_socket()
    connection.close()  # nothing of the database is shared across a fork
    stopping = _Stopping()
    workers = [_start(listening, options) for _ in range(count)]
    while not stopping.asked:
        ended = wait([worker.sentinel for worker in workers], timeout=_RESTART)
        if ended and not stopping.asked:
            time.sleep(_RESTART)
            workers = [each if each.is_alive() else _start(listening, options) for each in workers]
    listening.close()
    _stop(workers)


class _Stopping:
    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, *_: object) -> None:
        self.asked = True


def _start(listening: Any, options: dict[str, Any]) -> BaseProcess:
    worker = _context.Process(target=_work, args=(listening, options), daemon=False)
    worker.start()
    return worker


def _work(listening: Any, options: dict[str, Any]) -> None:
    end_with_server()
    forbid_inspection()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)  # the server takes them while it serves, and gives them back after
    main.run([listening], **options)


def _stop(workers: list[BaseProcess]) -> None:
    for worker in workers:
        if worker.is_alive():
            worker.terminate()
    end = time.monotonic() + _DRAIN
    for worker in workers:
        worker.join(max(end - time.monotonic(), 0))
        if worker.is_alive():
            worker.kill()
