"""Where SDKs put a key: finding our token there, and putting the real key in its place."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from urllib.parse import quote, unquote_to_bytes

from gateway.model import Credential, Provider, Slot, Style
from tokens.format import parse

Found = tuple[Slot, str]
"""A slot and the text that stands in it."""

Headers = list[tuple[bytes, bytes]]

KNOWN_QUERY = frozenset({b"key", b"api_key", b"apikey", b"access_token"})

_BASIC = Slot(Style.BASIC_USER), Slot(Style.BASIC_PASSWORD)
_BEARER, _TOKEN, _RAW = Slot(Style.BEARER), Slot(Style.TOKEN), Slot(Style.RAW)


class Unusable(Exception):
    """The stored key cannot stand in a header."""


def header_slots(providers: Iterable[Provider]) -> frozenset[bytes]:
    """The names of all headers in which any provider takes a key or a further secret: all are stripped."""
    known = {"x-api-key", "api-key", "x-goog-api-key", "xi-api-key"}
    for provider in providers:
        known |= {slot.name for slot in provider.slots if slot.style is Style.HEADER}
        known |= {name.lower() for name in provider.also}
    return frozenset(name.encode() for name in known)


def query_slots(providers: Iterable[Provider]) -> frozenset[bytes]:
    """The names of all parameters in which any of them takes a key, in lower case."""
    slots = [slot for provider in providers for slot in provider.slots if slot.style is Style.QUERY]
    return frozenset(slot.name.lower().encode() for slot in slots)


def in_authorization(value: bytes) -> list[Found]:
    text = value.decode("latin-1")
    scheme, _, rest = text.strip().partition(" ")
    match scheme.lower():
        case "bearer":
            return [(_BEARER, rest.strip())]
        case "token":
            return [(_TOKEN, rest.strip())]
        case "basic":
            return list(zip(_BASIC, _pair(rest.strip()), strict=True))
    return [(_RAW, text.strip())]


def in_query(query: bytes, names: frozenset[bytes]) -> tuple[bytes, list[Found]]:
    """The query without those parameters, and what stood in them. The others stay as they were written."""
    kept, found = [], []
    for pair in query.split(b"&"):
        name, _, value = pair.partition(b"=")
        plain = unquote_to_bytes(name)
        if plain.lower() in names or (value.startswith(b"kv") and parse(value.decode("latin-1"))):
            found.append((Slot(Style.QUERY, plain.decode("latin-1")), unquote_to_bytes(value).decode("latin-1")))
        elif pair:
            kept.append(pair)
    return b"&".join(kept), found


def tokens_among(found: Iterable[Found]) -> dict[str, Slot]:
    """The tokens of ours, by their text. A dummy key beside one is no token; two different ones are a mistake."""
    ours: dict[str, Slot] = {}
    for slot, text in found:
        if text.startswith("kv") and parse(text):
            ours.setdefault(text, slot)
    return ours


def cleared(provider: Provider, headers: Headers, query: bytes) -> tuple[Headers, bytes]:
    """Without what the client put where an organization's own upstream takes its key: of presets it is gone before."""
    names = header_slots([provider])
    return [header for header in headers if header[0] not in names], in_query(query, query_slots([provider]))[0]


def placed(credential: Credential, provider: Provider, slot: Slot) -> tuple[Sequence[tuple[bytes, bytes]], bytes]:
    """The header lines and the query parameter that carry the real key. Raises Unusable."""
    used = slot if slot in provider.slots else _default(provider, slot)
    made = credential.rendered.get((provider.slug, used))
    if made is None:
        made = credential.rendered[provider.slug, used] = _render(credential, provider, used)
    lines: Sequence[tuple[bytes, bytes]] = made[0]
    parameter: bytes = made[1]
    return lines, parameter


def _default(provider: Provider, slot: Slot) -> Slot:
    """A client's user and password are told apart by where the token stands; providers take one of the two."""
    if slot.style in (Style.BASIC_USER, Style.BASIC_PASSWORD):
        basic = [each for each in provider.slots if each.style in (Style.BASIC_USER, Style.BASIC_PASSWORD)]
        return (basic or provider.slots)[0]
    return provider.slots[0]


def _render(credential: Credential, provider: Provider, slot: Slot) -> tuple[list[tuple[bytes, bytes]], bytes]:
    key = _clean(credential.key)
    lines = [(name.lower().encode(), _clean(_field(credential, field))) for name, field in provider.also.items()]
    match slot.style:
        case Style.QUERY:
            return lines, slot.name.encode() + b"=" + quote(key, safe="").encode()
        case Style.HEADER:
            return [*lines, (slot.name.encode(), key)], b""
        case Style.BEARER:
            value = b"Bearer " + key
        case Style.TOKEN:
            value = b"Token " + key
        case Style.RAW:
            value = key
        case Style.BASIC_USER:
            value = b"Basic " + base64.b64encode(key + b":")
        case Style.BASIC_PASSWORD:
            value = b"Basic " + base64.b64encode(_clean(_field(credential, slot.name)) + b":" + key)
    return [*lines, (b"authorization", value)], b""


def _field(credential: Credential, name: str) -> str:
    try:
        return credential.fields[name]
    except KeyError:
        raise Unusable(f"the secret has no field {name}") from None


def _clean(text: str) -> bytes:
    """Visible ASCII: anything else could end the header and begin another."""
    stripped = text.strip()
    if not stripped or not all("!" <= character <= "~" for character in stripped):
        raise Unusable("the key holds what no header can")
    return stripped.encode("ascii")


def _pair(encoded: str) -> tuple[str, str]:
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode("latin-1").partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return user, password
