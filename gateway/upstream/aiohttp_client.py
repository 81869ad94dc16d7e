"""The same three methods on aiohttp: the way out where a switch asks for it, and what ours is compared with."""

import asyncio
from ipaddress import ip_address
from socket import AF_INET, AF_INET6, AI_NUMERICHOST, AddressFamily

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from gateway.model import Base
from gateway.upstream.dialing import SECONDS_TO_CONNECT, Dialer
from gateway.upstream.interface import AddressRefused, Broken, Call, CannotConnect, Headers, UpstreamError
from gateway.upstream.pool import MOST_OPEN, SECONDS_IDLE
from keyvault.networks import parse_address

_OURS = ("Accept", "Accept-Encoding", "User-Agent", "Content-Type")  # added by the library unless it is told not to
_PIECE = 64 * 1024  # bytes


class AiohttpAnswer:
    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status: int = response.status
        self.headers: Headers = [(name.lower(), value) for name, value in response.raw_headers]

    @property
    def ended(self) -> bool:
        return self._response.content.at_eof()

    async def read(self) -> bytes:
        try:
            return await self._response.content.readany()
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError):
            raise Broken("The provider ended the connection.") from None

    def release(self) -> None:
        if self.ended:
            self._response.release()
        else:
            self._response.close()


class AiohttpUpstream:
    """Must be made inside the running loop that it is used in."""

    def __init__(self, dialer: Dialer, most_open: int = MOST_OPEN) -> None:
        self.dialer = dialer
        connector = aiohttp.TCPConnector(
            resolver=_Resolver(dialer),
            ssl=dialer.context,
            limit=0,
            limit_per_host=most_open,
            use_dns_cache=False,
            keepalive_timeout=SECONDS_IDLE,
            ttl_dns_cache=None,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=_OURS,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=SECONDS_TO_CONNECT),
            max_line_size=16 * 1024,
            max_field_size=16 * 1024,
            read_bufsize=_PIECE,
        )

    async def request(self, call: Call) -> AiohttpAnswer:
        base = call.base
        address = URL(f"{base.scheme}://{base.authority}{call.target.decode('ascii')}", encoded=True)
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in call.headers]
        if not isinstance(call.body, bytes) and call.length is not None:
            headers.append(("content-length", str(call.length)))
        try:
            if base.scheme == "http" or parse_address(base.host):  # of which the resolver below is not asked
                await self.dialer.addresses(base)
            response = await self._session.request(
                call.method, address, headers=headers, data=call.body or None, allow_redirects=False
            )
        except UpstreamError:
            raise
        except aiohttp.ClientConnectorError as problem:
            refused = problem.__cause__ or problem.os_error
            if isinstance(refused, _Refused):
                raise AddressRefused(str(refused)) from None
            raise CannotConnect(f"{base.host} does not answer.") from None
        except (aiohttp.ClientError, OSError, TimeoutError):
            raise Broken("The provider ended the connection.") from None
        return AiohttpAnswer(response)

    def sweep(self) -> None:
        """The library sweeps for itself."""

    async def close(self) -> None:
        await self._session.close()


class _Refused(OSError):
    """An AddressRefused on its way through the library, which expects an OSError of a resolver."""


class _Resolver(AbstractResolver):
    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_INET) -> list[ResolveResult]:
        try:  # the scheme is not told here; whether plain http is allowed at all was asked before
            addresses = await self._dialer.addresses(Base("https", host, port))
        except UpstreamError as refused:
            raise _Refused(str(refused)) from None
        return [_result(host, port, address) for address in addresses]

    async def close(self) -> None:
        return None


def _result(host: str, port: int, address: str) -> ResolveResult:
    family = AF_INET if ip_address(address).version == 4 else AF_INET6
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=AI_NUMERICHOST)
