"""The thread that follows the database: look, apply in the event loop, say so, wait for news.

News are notifications; without them (behind a pooler in transaction mode) it asks twice a second. What was read counts
for :data:`gateway.state.lease.SECONDS` from the moment it was asked for, and only once that is said in the database:
so a worker that cannot be reached has stopped when whoever waits for it stops waiting.
"""

import asyncio
import datetime as dt
import logging
import threading
import time
from contextlib import suppress

import psycopg
from django.db import Error

from gateway.state.address import connect
from gateway.state.directory import Directory
from gateway.state.lease import SECONDS, Lease
from gateway.state.loading import Connection, Loader, Look
from keyvault.errors import KeyVaultError
from keyvault.installation.identity import Watch

CHANNEL = "gateway_change"

_POLL = 1.0  # seconds between looks where notifications come
_POLL_DEAF = 0.5
_ECHO = 2.0  # seconds for our own notification to come back
_PAUSE = 0.3  # seconds before a lost connection is tried again

_log = logging.getLogger("gateway")


class CannotApply(Exception):
    """The event loop did not take a look in time, or failed at it."""


class Feed:
    def __init__(self, directory: Directory, loader: Loader, lease: Lease, loop: asyncio.AbstractEventLoop) -> None:
        self._directory, self._loader, self._lease, self._loop = directory, loader, lease, loop
        self._watch, self._trouble = Watch(), ""
        self._stop, self._loaded = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self.is_deaf = False

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(SECONDS)

    def wait_until_loaded(self, seconds: float) -> bool:
        return self._loaded.wait(seconds)

    def _run(self) -> None:
        is_told = False
        while not self._stop.is_set():
            try:
                with connect() as connection:
                    is_told = False
                    self._follow(connection)
            except (psycopg.Error, Error, KeyVaultError, CannotApply, OSError) as problem:
                if not is_told:
                    _log.error("the gateway does not hear from its database: %s", type(problem).__name__)
                is_told = True
                self._stop.wait(_PAUSE)

    def _follow(self, connection: Connection) -> None:
        self.is_deaf = not self._hears(connection)
        if self.is_deaf:
            _log.warning("notifications do not come through (KEYVAULT_LISTEN_URL): asking for changes twice a second")
        self._lease.take(connection)
        before: Look | None = None
        day = None
        while not self._stop.is_set():
            if trouble := self._watch.look(connection):
                self._refuse(trouble)
                continue
            asked, today = time.monotonic(), dt.datetime.now(dt.UTC).date()
            look = self._loader.look(connection, before if today == day else None)  # engagements end with a day
            self._apply(look)
            if not self._lease.renew(connection, look.moment.snapshot):
                self._lease.take(connection)
                continue
            self._directory.trust_until(asked + SECONDS)
            self._loaded.set()
            before, day = look, today
            self._wait_for_news(connection)
        self._directory.trust_until(0)
        with suppress(psycopg.Error):
            self._lease.give_up(connection)

    def _refuse(self, trouble: str) -> None:
        """A database that was restored: what it says of tokens may be what was revoked since."""
        if trouble != self._trouble:
            _log.error("no token is served: %s", trouble)
        self._trouble = trouble
        self._directory.trust_until(0)
        self._stop.wait(_POLL)

    def _hears(self, connection: Connection) -> bool:
        """Proven by a notification of our own."""
        word = self._lease.worker.hex
        connection.execute(f"LISTEN {CHANNEL}")
        connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, word])
        return any(note.payload == word for note in connection.notifies(timeout=_ECHO, stop_after=1))

    def _wait_for_news(self, connection: Connection) -> None:
        if self.is_deaf:
            self._stop.wait(_POLL_DEAF)
            return
        for _ in connection.notifies(timeout=_POLL, stop_after=1):
            return

    def _apply(self, look: Look) -> None:
        """Raises CannotApply; the next look then reads everything."""
        done, failed = threading.Event(), threading.Event()

        def apply() -> None:
            try:
                self._directory.apply(look, self._loader.peppers)
            except Exception:  # the edge of this thread's work in the loop
                _log.exception("a change could not be applied")
                failed.set()
            finally:
                done.set()

        self._loop.call_soon_threadsafe(apply)
        if not done.wait(SECONDS) or failed.is_set():
            raise CannotApply
