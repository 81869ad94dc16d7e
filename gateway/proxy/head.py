"""The head of a request, read in one pass: what goes on, what is for us, and what ends here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from gateway.model import Slot, Style
from gateway.proxy.slots import Found, in_authorization
from tokens.format import parse

Headers = Iterable[tuple[bytes, bytes]]

HOP_BY_HOP = (
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade",
)  # fmt: skip

_ENDS_HERE = (
    *HOP_BY_HOP, "accept-encoding", "cf-connecting-ip", "client-ip", "content-length", "cookie", "cookie2", "dnt",
    "expect", "forwarded", "host", "http2-settings", "origin", "referer", "true-client-ip", "via", "x-client-ip",
    "x-cluster-client-ip", "x-http-method-override", "x-original-url", "x-real-ip", "x-rewrite-url",
)  # fmt: skip
_FAMILIES_END_HERE = (b"x-forwarded-", b"x-kv-", b"x-vault-", b"proxy-", b"sec-", b"access-control-")


@dataclass(slots=True)
class Head:
    kept: list[tuple[bytes, bytes]] = field(default_factory=list, repr=False)
    found: list[Found] = field(default_factory=list, repr=False)
    host: str = ""
    origins: list[str] = field(default_factory=list)
    forwarded: str = ""
    content_type: str = ""
    length: int | None = None
    chunked: bool = False
    upgrade: str = ""
    websocket_headers: list[tuple[bytes, bytes]] = field(default_factory=list, repr=False)
    idempotent: bool = False
    named: set[bytes] = field(default_factory=set)
    """Further headers that ``Connection`` says are for us alone."""
    asks_method: str = ""
    asks_headers: str = ""


Reader = Callable[[Head, bytes, bytes], None]


class HeadReader:
    """``slots`` are the names of all headers in which a key may stand."""

    def __init__(self, slots: frozenset[bytes]) -> None:
        self._readers: dict[bytes, Reader] = {name.encode(): _end for name in _ENDS_HERE}
        self._readers |= dict.fromkeys(slots, _slot)
        self._readers |= _READERS

    def read(self, headers: Headers) -> Head:
        head = Head()
        readers = self._readers
        for name, value in headers:
            reader = readers.get(name)
            if reader is not None:
                reader(head, name, value)
            elif name.startswith(_FAMILIES_END_HERE):
                continue
            elif value.startswith(b"kv") and parse(value.decode("latin-1").strip()):
                _slot(head, name, value)  # of an upstream of its organization's own
            else:
                head.kept.append((name, value))
        if head.named:
            head.kept = [header for header in head.kept if header[0] not in head.named]
        return head


def _end(head: Head, name: bytes, value: bytes) -> None:
    pass


def _slot(head: Head, name: bytes, value: bytes) -> None:
    head.found.append((Slot(Style.HEADER, name.decode()), value.decode("latin-1").strip()))


def _authorization(head: Head, name: bytes, value: bytes) -> None:
    head.found += in_authorization(value)


def _host(head: Head, name: bytes, value: bytes) -> None:
    head.host = value.decode("latin-1").lower()


def _origin(head: Head, name: bytes, value: bytes) -> None:
    head.origins.append(value.decode("latin-1"))


def _forwarded(head: Head, name: bytes, value: bytes) -> None:
    text = value.decode("latin-1")
    head.forwarded = f"{head.forwarded},{text}" if head.forwarded else text


def _content_type(head: Head, name: bytes, value: bytes) -> None:
    head.content_type = value.decode("latin-1")
    head.kept.append((name, value))


def _length(head: Head, name: bytes, value: bytes) -> None:
    head.length = int(value)


def _encoding(head: Head, name: bytes, value: bytes) -> None:
    head.chunked = True


def _connection(head: Head, name: bytes, value: bytes) -> None:
    head.named |= {each.strip().lower() for each in value.split(b",")} - {b"close", b"keep-alive", b"upgrade"}


def _upgrade(head: Head, name: bytes, value: bytes) -> None:
    head.upgrade = value.decode("latin-1").lower()


def _websocket(head: Head, name: bytes, value: bytes) -> None:
    head.websocket_headers.append((name, value))


def _protocols(head: Head, name: bytes, value: bytes) -> None:
    """A browser can send a token as a protocol only, as ``openai-insecure-api-key.<token>``; that one ends here."""
    protocols = [each.strip() for each in value.split(b",")]
    carriers = [each for each in protocols if parse(each.rpartition(b".")[2].decode("latin-1"))]
    head.found += [(Slot(Style.BEARER), each.rpartition(b".")[2].decode("latin-1")) for each in carriers]
    others = [each for each in protocols if each not in carriers]
    if others:
        head.websocket_headers.append((name, b", ".join(others)))


def _idempotency(head: Head, name: bytes, value: bytes) -> None:
    head.idempotent = True
    head.kept.append((name, value))


def _asks_method(head: Head, name: bytes, value: bytes) -> None:
    head.asks_method = value.decode("latin-1")


def _asks_headers(head: Head, name: bytes, value: bytes) -> None:
    head.asks_headers = value.decode("latin-1")


_READERS: dict[bytes, Reader] = {
    b"authorization": _authorization,
    b"host": _host,
    b"origin": _origin,
    b"x-forwarded-for": _forwarded,
    b"content-type": _content_type,
    b"content-length": _length,
    b"transfer-encoding": _encoding,
    b"connection": _connection,
    b"upgrade": _upgrade,
    b"sec-websocket-key": _websocket,
    b"sec-websocket-version": _websocket,
    b"sec-websocket-protocol": _protocols,
    b"sec-websocket-extensions": _websocket,
    b"idempotency-key": _idempotency,
    b"access-control-request-method": _asks_method,
    b"access-control-request-headers": _asks_headers,
}
