"""Witnesses: who keeps the installation's checkpoints apart from it, so that a rewritten log contradicts somebody.

Each gets the newest checkpoint whenever it has not had it yet; one that fails is asked again at the next look, and is
never waited for by anything but the sealer.
"""

import hashlib
import logging
import os
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from audit.sealing import seed
from audit.sealing.digest import mail_digest
from audit.sealing.state import State
from keyvault.egress import EgressSession, RequestFailed

PURPOSE = "witness"

_log = logging.getLogger(__name__)

Deliver = Callable[[str], None]


def tell_witnesses(folder: Path) -> list[str]:
    """Sentences on the witnesses that could not be told."""
    with State.held(seed.own_folder(folder)) as state:
        note = state.fact("note")
        if not note:
            return []
        failures = [_tell(state, name, deliver, note) for name, deliver in _witnesses()]
        return [failure for failure in (*failures, mail_digest(state, note.decode())) if failure]


def _witnesses() -> list[tuple[str, Deliver]]:
    files: list[tuple[str, Deliver]] = [(path, _appender(Path(path))) for path in settings.KEYVAULT_WITNESS_PATHS]
    return files + [(url, _poster(url)) for url in settings.KEYVAULT_WITNESS_URLS]


def _tell(state: State, name: str, deliver: Deliver, note: bytes) -> str:
    fact = f"told:{hashlib.sha256(name.encode()).hexdigest()}"
    if state.fact(fact) == note:
        return ""
    try:
        deliver(note.decode())
    except (OSError, RequestFailed) as problem:
        _log.warning("witness %s was not reached: %s", name, type(problem).__name__)
        return f"witness {name} was not reached"
    state.keep(fact, note)
    return ""


def _appender(path: Path) -> Deliver:
    def append(note: str) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
        try:
            os.write(descriptor, f"{note}\n".encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    return append


def _poster(url: str) -> Deliver:
    def post(note: str) -> None:
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        answer = EgressSession(PURPOSE).post(url, data=note.encode(), headers=headers)
        answer.raise_for_status()

    return post
