"""The keys that are held in memory: five minutes at most, and until the next change in their organization."""

import asyncio
import time
from collections.abc import Collection
from concurrent.futures import Executor
from dataclasses import dataclass, field
from uuid import UUID

from gateway.keys.unsealing import unseal
from gateway.model import Binding, Credential, Token
from gateway.ports import CannotUnseal
from gateway.state.token import HeldToken
from keyvault.actor import Origin
from keyvault.networks import Address

HELD_SECONDS = 300.0

_Held = tuple[UUID, str, str]
"""The version, and where it is sent: what an envelope is bound to."""


@dataclass(frozen=True, slots=True)
class _Key:
    until: float
    org_id: UUID
    credential: Credential = field(repr=False)


class Safe:
    """Everything but :func:`gateway.keys.unsealing.unseal` runs in the event loop's thread."""

    def __init__(self, threads: Executor) -> None:
        self._threads = threads
        self._held: dict[_Held, _Key] = {}
        self._opening: dict[tuple[_Held, UUID], asyncio.Future[Credential]] = {}
        self._epoch = 0

    async def key_for(self, token: Token, binding: Binding, address: Address | None) -> Credential:
        if not isinstance(token, HeldToken):
            raise CannotUnseal
        name = (binding.version_id, binding.provider.slug, binding.base.host)
        held = self._held.get(name)
        if held and time.monotonic() < held.until:
            return held.credential
        return await self._open_once(name, token, binding, Origin(address=str(address) if address else None))

    def forget(self, orgs: Collection[UUID] | None) -> None:
        """With each change in those organizations, or anywhere. A key that is being opened is not kept then."""
        self._held = {} if orgs is None else {name: key for name, key in self._held.items() if key.org_id not in orgs}
        self._opening.clear()
        self._epoch += 1

    def sweep(self) -> None:
        now = time.monotonic()
        self._held = {name: key for name, key in self._held.items() if now < key.until}

    async def _open_once(self, name: _Held, token: HeldToken, binding: Binding, origin: Origin) -> Credential:
        """A token's requests that come together wait for one event and one opening; none is cancelled with another."""
        opening = self._opening.get((name, token.id))
        if opening is None:
            opening = asyncio.ensure_future(self._open(name, token, binding, origin))
            opening.add_done_callback(_seen)  # whoever waited may have gone
            self._opening[name, token.id] = opening
        return await asyncio.shield(opening)

    async def _open(self, name: _Held, token: HeldToken, binding: Binding, origin: Origin) -> Credential:
        epoch = self._epoch
        try:
            loop = asyncio.get_running_loop()
            credential = await loop.run_in_executor(self._threads, unseal, token, binding, origin)
        finally:
            if epoch == self._epoch:
                self._opening.pop((name, token.id), None)
        if epoch == self._epoch:
            self._held[name] = _Key(time.monotonic() + HELD_SECONDS, token.org_id, credential)
        return credential


def _seen(opening: asyncio.Future[Credential]) -> None:
    if not opening.cancelled():
        opening.exception()
