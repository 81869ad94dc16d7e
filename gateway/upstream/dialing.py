"""From a base address to a connection."""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from typing import TypeVar

from gateway.model import Base
from gateway.upstream.addresses import Admission, resolve
from gateway.upstream.interface import CannotConnect

SECONDS_TO_CONNECT = 5.0
SECONDS_OF_TLS = 5.0

ProtocolT = TypeVar("ProtocolT", bound=asyncio.Protocol)


class Dialer:
    """``context`` verifies providers; the default one trusts what the machine trusts."""

    def __init__(self, admissions: Sequence[Admission] = (), context: ssl.SSLContext | None = None) -> None:
        self._admissions = tuple(admissions)
        self.context = context or ssl.create_default_context()
        self.context.set_alpn_protocols(["http/1.1"])

    async def addresses(self, base: Base) -> list[str]:
        """Raises AddressRefused or CannotConnect."""
        return await resolve(base.scheme, base.host, base.port, self._admissions)

    async def connect(self, base: Base, protocol: Callable[[], ProtocolT]) -> ProtocolT:
        """To the first address that answers; the certificate is compared with the name."""
        try:
            async with asyncio.timeout(SECONDS_TO_CONNECT + SECONDS_OF_TLS):
                for address in await self.addresses(base):
                    try:
                        return await self._connect(base, address, protocol)
                    except (OSError, TimeoutError):
                        continue
        except TimeoutError:
            raise CannotConnect(f"{base.host} does not answer in time.") from None
        raise CannotConnect(f"{base.host} does not answer.")

    async def _connect(self, base: Base, address: str, protocol: Callable[[], ProtocolT]) -> ProtocolT:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(SECONDS_TO_CONNECT):
            if base.scheme == "http":
                return (await loop.create_connection(protocol, address, base.port))[1]
            _, made = await loop.create_connection(
                protocol,
                address,
                base.port,
                ssl=self.context,
                server_hostname=base.host,
                ssl_handshake_timeout=SECONDS_OF_TLS,
            )
            return made
