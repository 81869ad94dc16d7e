"""The sealer's work from start to stop: look, seal, tell the witnesses, rest."""

import logging
import threading
import time
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import Error, connection

from audit.sealing import database, seed
from audit.sealing.errors import SealerRefuses
from audit.sealing.sealer import look
from audit.sealing.state import State
from audit.sealing.witnesses import tell_witnesses
from audit.services import Outcome, record
from keyvault.actor import system
from keyvault.errors import KeyVaultError
from keyvault.target import Target

_EVERYTHING = 3600.0  # seconds between looks at all events and all logs

_log = logging.getLogger(__name__)


class Loop:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._looked_at_everything = 0.0
        self._trouble = ""
        self._onward: UUID | None = None

    def run(self, stop: threading.Event) -> None:
        """Until ``stop`` is set. What goes wrong is told and tried again; a refusal to sign is an event."""
        while not stop.is_set():
            try:
                is_behind = self._once()
            except (Error, KeyVaultError, OSError) as problem:
                _log.error("the sealer could not look: %s", type(problem).__name__)
                connection.close()
                is_behind = False
            if not is_behind:
                stop.wait(settings.KEYVAULT_SEAL_SECONDS)

    def _once(self) -> bool:
        """Whether there is more to seal at once."""
        try:
            everything = self._onward is None and self._is_time_for_everything()
            done = look(self._folder, everything=everything, onward=self._onward)
        except SealerRefuses as refusal:
            self._refuse(str(refusal))
            return False
        for event_id, finding in done.refused:
            _log.error("event %s is not sealed: %s", event_id, finding)
        self._onward = done.onward
        if done.onward:
            return True
        self._trouble = "; ".join([*_refused(self._folder), *tell_witnesses(self._folder)])
        self._say(self._trouble)
        return False

    def _is_time_for_everything(self) -> bool:
        now = time.monotonic()
        if self._looked_at_everything and now - self._looked_at_everything < _EVERYTHING:
            return False
        self._looked_at_everything = now
        return True

    def _refuse(self, sentence: str) -> None:
        """An event for each new reason; the next look asks about everything again."""
        self._looked_at_everything, self._onward = 0.0, None
        if sentence != self._trouble:
            _log.error("the sealer does not sign: %s", sentence)
            record("audit:refused", actor=system("sealer"), on=Target(org=None), outcome=Outcome.ERROR, reason=sentence)
        self._trouble = sentence
        self._say(sentence)

    def _say(self, trouble: str) -> None:
        if seed.has_seed(self._folder):
            public = seed.load_key(self._folder).public_key().public_bytes_raw()
            with State.held(self._folder) as state:
                host = (state.fact("host") or b"").decode()
            database.say(public, host, trouble)


def _refused(folder: Path) -> list[str]:
    with State.held(folder) as state:
        count = len(state.refused)
    return [f"{count} events are not sealed because they are not as they were written"] if count else []
