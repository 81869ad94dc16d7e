"""The log's side of a request: counts in the event loop, writes in a thread."""

import logging
import queue
import threading
import time
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

from django.db import Error, connection

from audit.delegated import KEY_REJECTED, REFUSE, prepare_by_gateway, write_by_gateway
from audit.entry import JSON, Outcome
from audit.rows import Prepared
from gateway.events.folding import Fold, Folds
from gateway.model import Asked, Binding, Refusal, Token
from gateway.state.token import HeldToken, Sealed
from keyvault.actor import Actor, Origin, anonymous
from keyvault.errors import KeyVaultError
from keyvault.target import Target

_WAITING = 10_000
_TOGETHER = 100
_TRIES = 5
_REST = 1.0  # seconds before what could not be written is tried again

_log = logging.getLogger("gateway")


class _Due:
    """An event to be written; its facts are of the moment it happened."""

    __slots__ = ("action", "actor", "details", "on", "outcome", "reason")

    def __init__(
        self, action: str, actor: Actor, on: Target, outcome: Outcome, reason: str, details: dict[str, JSON]
    ) -> None:
        self.action, self.actor, self.on = action, actor, on
        self.outcome, self.reason, self.details = outcome, reason, details


class EventLog:
    def __init__(self) -> None:
        self._folds = Folds()
        self._due: queue.Queue[_Due | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._write, name="events", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Writes what is due, for some seconds at most."""
        self._due.put(None)
        self._thread.join(_TRIES * _REST + 1)

    def refused(self, refusal: Refusal, asked: Asked, token: Token | None) -> None:
        address = str(asked.address) if asked.address else None
        fold = self._folds.count(refusal.rule, token.id if token else None, address, time.time())
        if fold is None:
            return
        origin = Origin(address=address, request_id=asked.request_id)
        actor, place = _who(token, origin)
        details: dict[str, JSON] = _said(fold) | {"provider": asked.provider}
        if asked.origin:
            details["origin"] = asked.origin
        self._put(_Due(REFUSE, actor, place, Outcome.DENIED, refusal.rule, details))

    def credential_rejected(self, token: Token, binding: Binding, status: int, request_id: UUID) -> None:
        rule = f"rejected-by-{binding.provider.slug}"
        fold = self._folds.count(rule, binding.secret_id, None, time.time())
        if fold is None or not isinstance(token, HeldToken):
            return
        sealed: Sealed = binding.sealed
        actor = replace(token.actor, origin=Origin(request_id=request_id))
        details: dict[str, JSON] = {"provider": binding.provider.slug, "status": status, "count": fold.count}
        self._put(_Due(KEY_REJECTED, actor, sealed.target, Outcome.ERROR, "upstream-credential-rejected", details))

    def _put(self, due: _Due) -> None:
        try:
            self._due.put_nowait(due)
        except queue.Full:
            _log.error("an event of a refusal was dropped: too many wait for the database")

    def _write(self) -> None:
        running = True
        while running:
            batch = [self._due.get()]
            with suppress(queue.Empty):
                while len(batch) < _TOGETHER:
                    batch.append(self._due.get_nowait())
            running = None not in batch
            self._write_in_time([each for each in batch if each])
        connection.close()

    def _write_in_time(self, due: list[_Due]) -> None:
        for _ in range(_TRIES):
            try:
                write_by_gateway([_event(each) for each in due])
            except (KeyVaultError, Error) as problem:
                _log.error("events of refusals cannot be written now: %s", type(problem).__name__)
                connection.close()
                time.sleep(_REST)
            else:
                return


def _event(due: _Due) -> Prepared:
    return prepare_by_gateway(
        due.action, actor=due.actor, on=due.on, outcome=due.outcome, reason=due.reason, details=due.details
    )


def _who(token: Token | None, origin: Origin) -> tuple[Actor, Target]:
    if isinstance(token, HeldToken):
        return replace(token.actor, origin=origin), token.place
    return anonymous(origin), Target(org=None)


def _said(fold: Fold) -> dict[str, JSON]:
    return {"count": fold.count, "block": fold.block}
