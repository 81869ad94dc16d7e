"""The tokens in memory, by digest. Everything here runs in the event loop's thread."""

import time
from collections.abc import Callable, Collection, Mapping
from uuid import UUID

from gateway.model import Token
from gateway.state.loading import Look
from gateway.state.token import HeldToken
from tokens.integrity import digest


class Directory:
    """``on_change`` is told the organizations of what changed, or None for all, before streams are cut."""

    def __init__(self, on_change: Callable[[Collection[UUID] | None], None]) -> None:
        self._by_digest: dict[bytes, HeldToken] = {}
        self._by_id: dict[UUID, HeldToken] = {}
        self._peppers: tuple[bytes, ...] = ()
        self._fresh_until = 0.0
        self._on_change = on_change

    def find(self, presented: str) -> Token | None:
        for pepper in self._peppers:
            token = self._by_digest.get(digest(pepper, presented))
            if token:
                return token
        return None

    def fresh(self) -> bool:
        return time.monotonic() < self._fresh_until

    def trust_until(self, moment: float) -> None:
        """Of the monotonic clock; may be in the past, and then nothing is trusted."""
        self._fresh_until = moment

    def apply(self, look: Look, peppers: Mapping[UUID, bytes]) -> None:
        self._peppers = tuple(peppers.values())
        if not look.scope:
            return
        gone = (self._by_id.keys() if look.scope.everything else look.scope.tokens) - look.tokens.keys()
        # First all of it, so that no stream that is cut early comes back under a token that is to go.
        replaced = [(self._forget(each), None) for each in gone] + [
            (self._forget(token.id), token) for token in look.tokens.values()
        ]
        concerned = {token.org_id for pair in replaced for token in pair if token}
        self._on_change(None if look.scope.everything else concerned)
        for token in look.tokens.values():
            self._by_digest[token.digest] = self._by_id[token.id] = token
        for old, new in replaced:
            for stream in list(old.live) if old else ():
                stream.reconsider(new)

    @property
    def count(self) -> int:
        return len(self._by_id)

    def _forget(self, token_id: UUID) -> HeldToken | None:
        old = self._by_id.pop(token_id, None)
        if old:
            self._by_digest.pop(old.digest, None)
        return old
