"""The one way out to addresses that a person of an organization names: identity providers, and their domains' records.

A name is resolved once and that address is connected to, so that a name cannot mean one thing to the check and another
to the connection. Internal addresses are refused unless an operator admits them (``KEYVAULT_EGRESS_ALLOW``). No
redirect is followed, no proxy or netrc of the environment is used, time and size are capped.
"""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import dns.exception
import dns.resolver
import requests
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from dns.nameserver import Do53Nameserver
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from keyvault.actor import Network
from keyvault.networks import Address, is_public, is_within, parse_address, parse_network

SECONDS_TO_CONNECT = 5.0
SECONDS_IN_ALL = 10.0
BYTES_LIMIT = 1024 * 1024

_CHUNK = 16 * 1024
_SCHEMES = {"http": 80, "https": 443}


RequestFailed = requests.RequestException
"""Whatever goes wrong on the way, :class:`EgressRefused` included."""


class EgressRefused(requests.RequestException):
    """The address may not be asked, or the answer is none that may be read. The sentence names no internal address."""


class _CannotConnect(Exception):
    """An :class:`EgressRefused` would be taken for a broken connection on its way up, being an OSError."""


@dataclass(frozen=True, slots=True)
class Admission:
    """An operator's word: for ``purpose``, ``host`` may lead into ``network``."""

    purpose: str
    host: str
    network: Network


class EgressSession(requests.Session):
    """A session for one ``purpose``, a word that admissions name: ``sso``.

    What :mod:`requests` says of its own holds, but for the limits above. Raises :class:`EgressRefused`, or what
    requests raises.
    """

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.trust_env = False
        self.verify = settings.KEYVAULT_EGRESS_CA or True
        self._purpose = purpose
        self._adapter = _Adapter(purpose)
        for scheme in _SCHEMES:
            self.mount(f"{scheme}://", self._adapter)

    def request(self, method: str, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        require_askable(str(url), self._purpose)
        kwargs |= {"allow_redirects": False, "stream": True, "timeout": (SECONDS_TO_CONNECT, SECONDS_IN_ALL)}
        with self._adapter.cut_off_after(SECONDS_IN_ALL), super().request(method, url, *args, **kwargs) as response:
            if response.is_redirect:
                raise EgressRefused(f"{_host(url)} answers with a redirect, which is not followed.")
            response._content = _read(response)
        return response


def require_askable(url: str, purpose: str) -> None:
    """Raises EgressRefused for an address of another form than https://host[:port]/…; asks no network.

    Plain http is for a host that an operator admits on the loopback interface.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise EgressRefused("This is no address.") from None
    if parts.scheme not in _SCHEMES or not parts.hostname or port == 0 or "@" in parts.netloc:
        raise EgressRefused("An address begins with https:// and names a host, without user and password.")
    loopback = [each.network.is_loopback for each in admissions() if (each.purpose, each.host) == (purpose, _host(url))]
    if parts.scheme == "http" and not any(loopback):
        raise EgressRefused("An address begins with https://.")


def txt_records(name: str) -> list[str]:
    """The TXT records of a name, each joined from its parts; none where the name has none or does not exist.

    Raises EgressRefused where the resolver gives no answer.
    """
    try:
        answer = _resolver().resolve(f"{name}.", "TXT", search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException as problem:
        raise EgressRefused(f"The name server did not answer for {name}: {type(problem).__name__}.") from None
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]


@contextmanager
def tls_connection(host: str, port: int, purpose: str) -> Iterator[ssl.SSLSocket]:
    """For what does not speak HTTP: TLS with the certificate of ``host``, each step within the seconds of a request.

    Raises EgressRefused, or OSError.
    """
    context = ssl.create_default_context(cafile=settings.KEYVAULT_EGRESS_CA or None)
    try:
        plain = _connect(host, port, purpose)
    except _CannotConnect as refused:
        raise EgressRefused(str(refused)) from None
    plain.settimeout(SECONDS_IN_ALL)
    with plain, context.wrap_socket(plain, server_hostname=host.strip("[]")) as tls:
        yield tls


def admissions() -> tuple[Admission, ...]:
    """``KEYVAULT_EGRESS_ALLOW``. Raises ImproperlyConfigured for what is not ``purpose@host=network``."""
    return _admissions(tuple(settings.KEYVAULT_EGRESS_ALLOW))


class _Adapter(HTTPAdapter):
    """Connections that are made by :func:`_connect` alone, all of which one timer can end."""

    def __init__(self, purpose: str) -> None:
        self._open: list[HTTPConnection] = []
        self._late = threading.Event()
        self._pools = _pools(purpose, self._open)
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    @contextmanager
    def cut_off_after(self, seconds: float) -> Iterator[None]:
        """Each read of a socket has a timeout of its own, so that a drip of bytes would never end by those."""
        timer = threading.Timer(seconds, self._cut_off)
        timer.daemon = True
        timer.start()
        try:
            yield
        except _CannotConnect as refused:
            raise EgressRefused(str(refused)) from None
        finally:
            timer.cancel()
            self.close()
            self._open.clear()
            if self._late.is_set():  # what was read until then may look like an answer
                raise EgressRefused(f"The answer took longer than {seconds:.0f} seconds.")

    def _cut_off(self) -> None:
        self._late.set()
        for connection in self._open:
            if connection.sock:
                try:
                    connection.sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue


def _pools(purpose: str, opened: list[HTTPConnection]) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            opened.append(self)
            return _connect(self.host, self.port, purpose)

    class Secure(HTTPSConnection):
        """The certificate is compared with the name, though the address is already settled."""

        def _new_conn(self) -> socket.socket:
            opened.append(self)
            return _connect(self.host, self.port, purpose)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _connect(host: str, port: int, purpose: str) -> socket.socket:
    """Of several addresses all must be allowed: which one answers would be the name server's choice."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except OSError:
        raise _CannotConnect(f"{host} cannot be found.") from None
    places = [(family, place) for family, _, _, _, place in found]
    addresses = [parse_address(str(place[0])) for _, place in places]
    if not all(address and _is_allowed(host.strip("[]").lower(), address, purpose) for address in addresses):
        raise _CannotConnect(
            f"{host} leads to an address inside a private network. An operator can admit it: KEYVAULT_EGRESS_ALLOW."
        )
    return _first_that_answers(host, places)


def _first_that_answers(host: str, places: list[tuple[Any, Any]]) -> socket.socket:
    for family, place in places:
        connection = socket.socket(family, socket.SOCK_STREAM)
        connection.settimeout(SECONDS_TO_CONNECT)
        try:
            connection.connect(place)
        except OSError:
            connection.close()
        else:
            return connection
    raise _CannotConnect(f"{host} does not answer.")


def _is_allowed(host: str, address: Address, purpose: str) -> bool:
    networks = [each.network for each in admissions() if (each.purpose, each.host) == (purpose, host)]
    return is_public(address) or is_within(address, networks)


def _read(response: requests.Response) -> bytes:
    content = bytearray()
    for chunk in response.iter_content(_CHUNK):
        content += chunk
        if len(content) > BYTES_LIMIT:
            raise EgressRefused(f"The answer is longer than {BYTES_LIMIT} bytes.")
    return bytes(content)


def _resolver() -> dns.resolver.Resolver:
    """The machine's own, or ``KEYVAULT_DNS_SERVERS``: addresses, with ``#port`` where it is not 53."""
    named = [server.partition("#") for server in settings.KEYVAULT_DNS_SERVERS]
    resolver = dns.resolver.Resolver(configure=not named)
    resolver.lifetime = SECONDS_TO_CONNECT
    if named:
        resolver.nameservers = [Do53Nameserver(address, int(port or 53)) for address, _, port in named]
    return resolver


def _host(url: str | bytes) -> str:
    return urlsplit(str(url)).hostname or ""


@lru_cache(maxsize=16)
def _admissions(texts: tuple[str, ...]) -> tuple[Admission, ...]:
    try:
        return tuple(_admission(text.strip()) for text in texts if text.strip())
    except ValueError as error:
        raise ImproperlyConfigured(f"KEYVAULT_EGRESS_ALLOW wants purpose@host=network: {error}") from None


def _admission(text: str) -> Admission:
    who, _, network = text.partition("=")
    purpose, at, host = who.partition("@")
    if not (purpose and at and host):
        raise ValueError(f"{text} names no purpose and host")
    return Admission(purpose, host.strip("[]").lower(), parse_network(network))
