"""One event as bytes: the canonical entry, its row MAC and its leaf hash. Pure: no Django, no clock, no key store.

The entry is the record; the columns of ``audit_event`` are an index over it. It is JSON in the canonical form of
RFC 8785, restricted to ASCII keys, strings, integers below 2^53, booleans, null, arrays and objects (no floats), and at
most 16 KiB. Control characters are always escaped, so that an entry holds no line feed and is one line anywhere.

=============  ============================================================================================
``v``          1, the version of this table
``id``         the event's UUID (version 7), as text like every UUID here
``ts``         when, in UTC with microseconds: ``2026-11-21T06:30:26.123456Z``
``org``        ``{"id","name"}`` of the organization, null for an event of the installation itself
``actor``      ``{"type","id","name"}``: person, service, system or anonymous; ``id`` null for the last two
``action``     the act, for example ``secret:reveal``
``outcome``    ``success``, ``denied`` or ``error``
``project``    ``{"id","name"}`` or null; so are ``env`` (environment) and ``secret`` (its name is its path)
``version``    of the secret, an integer or null
``token``      ``{"id","name"}`` of the token acted *with*, null in a browser session
``on_token``   ``{"id","name"}`` of the token acted *on* (issued, paused, revoked), or null
``about``      ``{"id","name"}`` of what is none of these: a member, a team, a grant, a service identity; or null
``ip``, ``ua`` the client's address (text or null) and user agent
``req``        the request's UUID; the events of one request share it
``reason``     the rule that refused, or the reason that a person gave
``details``    an object of the act's own facts, never a value; ``truncated`` counts the facts left out for room
=============  ============================================================================================

NOTE: entries are hashed, signed and exported as they are. A change of this table is a new ``v``, never an edit.
"""

import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import orjson

from keyvault.actor import Actor
from keyvault.target import Ref, Target

JSON = str | int | bool | None | Sequence["JSON"] | Mapping[str, "JSON"]

INSTANCE = UUID(int=0)
"""Stands for the organization of an event that belongs to none."""

ENTRY_LIMIT = 16 * 1024
LABEL_LIMIT = 512
AGENT_LIMIT = 512
TEXT_LIMIT = 1024

_MAC_CONTEXT = b"kv-audit-row-v1\0"
_KEY = re.compile(r"[a-z_][a-z0-9_]{0,63}")
_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
_Fact = JSON | UUID | Mapping[str, JSON | UUID]  # orjson writes a UUID as str() would


class Outcome(StrEnum):
    SUCCESS = "success"
    DENIED = "denied"
    ERROR = "error"


class NotCanonical(ValueError):
    """Something that has no place in an entry: a float, a large integer, an odd key, a lone surrogate."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof for the caller that the event exists; its text is ``<event id>:<leaf hash in hex>``."""

    event_id: UUID
    leaf_hash: bytes

    def __str__(self) -> str:
        return f"{self.event_id}:{self.leaf_hash.hex()}"


def compose(
    *,
    event_id: UUID,
    at: dt.datetime,
    action: str,
    outcome: Outcome,
    actor: Actor,
    on: Target,
    reason: str,
    details: Mapping[str, JSON],
) -> bytes:
    """The entry of one event. ``at`` is in UTC. Long or unstorable text is cut or replaced, see :func:`clip`."""
    origin, token = actor.origin, actor.token
    facts: dict[str, _Fact] = {
        "v": 1,
        "id": event_id,
        "ts": at.isoformat(timespec="microseconds")[:26] + "Z",
        "org": _ref(on.org),
        "actor": {"type": str(actor.type), "id": actor.id, "name": clip(actor.name, LABEL_LIMIT)},
        "action": str(action),
        "outcome": str(outcome),
        "project": _ref(on.project),
        "env": _ref(on.environment),
        "secret": _ref(on.secret),
        "version": on.version,
        "token": {"id": token.token_id, "name": clip(token.name, LABEL_LIMIT)} if token else None,
        "on_token": _ref(on.token),
        "about": _ref(on.about),
        "ip": origin.address,
        "ua": clip(origin.agent, AGENT_LIMIT),
        "req": origin.request_id,
        "reason": clip(reason, TEXT_LIMIT),
    }
    return _fitted(facts, {key: _clipped(value) for key, value in details.items()})


def row_mac(key: bytes, org_id: UUID, entry: bytes) -> bytes:
    """HMAC-SHA256(key, "kv-audit-row-v1" 00 || org16 || u32be length || entry): 32 bytes.

    ``org_id`` is :data:`INSTANCE` for an event of the installation.
    """
    message = b"".join((_MAC_CONTEXT, org_id.bytes, len(entry).to_bytes(4, "big"), entry))
    return hmac.digest(key, message, "sha256")


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(00 || entry): the hash of a leaf in RFC 6962 §2.1, 32 bytes."""
    return hashlib.sha256(b"\0" + entry).digest()


def canonical(document: Mapping[str, JSON]) -> bytes:
    """RFC 8785 for the restricted documents of this module. Raises :class:`NotCanonical` for any other."""
    _refuse_unlike(document)
    return _encoded(document)


def clip(text: str, limit: int) -> str:
    """``text`` in at most ``limit`` bytes of an entry, ending in an ellipsis where cut.

    Lone surrogates and NUL become U+FFFD: neither UTF-8 nor a text column of PostgreSQL holds them.
    """
    if len(text) * 2 <= limit and text.isascii() and text.isprintable():
        return str(text)
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "\ufffd")
    while (size := len(orjson.dumps(text)) - 2) > limit:
        text = text[: len(text) * limit // size - 2] + "…"
    return text


def _encoded(document: Mapping[str, _Fact]) -> bytes:
    try:
        return orjson.dumps(document, option=_CANONICAL)
    except TypeError as error:
        raise NotCanonical("text that UTF-8 cannot hold has no place in an entry") from error


def _fitted(facts: dict[str, _Fact], details: Mapping[str, JSON]) -> bytes:
    _refuse_unlike(details)  # the facts are canonical by the way they were made
    facts["details"] = details
    entry = _encoded(facts)
    if len(entry) <= ENTRY_LIMIT:
        return entry
    room = ENTRY_LIMIT - len(_encoded({**facts, "details": {"truncated": len(details)}}))
    kept: dict[str, JSON] = {}
    for key, value in details.items():
        size = len(_encoded({key: value}))  # the braces pay for the comma
        if size <= room:
            kept[key] = value
            room -= size
    return _encoded({**facts, "details": {**kept, "truncated": len(details) - len(kept)}})


def _clipped(value: JSON) -> JSON:
    if isinstance(value, str):
        return clip(value, TEXT_LIMIT)
    if isinstance(value, Mapping):
        return {key: _clipped(inner) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [_clipped(inner) for inner in value]
    return value


def _refuse_unlike(value: JSON) -> None:
    if value is None or isinstance(value, str | bool):
        return
    if isinstance(value, int):
        if abs(value) >= 1 << 53:
            raise NotCanonical("an integer of 2^53 or more has no place in an entry")
    elif isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str) or not _KEY.fullmatch(key):
                raise NotCanonical("a key of an entry is lower-case ASCII letters, digits and underscores")
            _refuse_unlike(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_unlike(inner)
    else:
        raise NotCanonical(f"{type(value).__name__} has no place in an entry")


def _ref(ref: Ref | None) -> Mapping[str, JSON | UUID] | None:
    return {"id": ref.id, "name": clip(ref.name, LABEL_LIMIT)} if ref else None
