"""Whether an event's columns and MAC are those of its entry: the columns are an index, and an index may lie."""

import hmac
import ipaddress
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import orjson

from audit.delegated import GATEWAY_ACTS
from audit.entry import INSTANCE, NotCanonical, canonical, row_mac
from audit.rows import COLUMNS
from keyvault.errors import CannotOpen
from keyvault.keyring import ring
from keyvault.keyring.purposes import Purpose
from keyvault.keyring.ring import InstanceKey

Row = Mapping[str, Any]
"""A row of ``audit_event`` by column."""

E_NOT_CANONICAL = "E_ENTRY_NOT_CANONICAL"
E_PROJECTION = "E_PROJECTION"
E_ROW_MAC = "E_ROW_MAC"


def finding_of(row: Row, keys: "MacKeys | None") -> str | None:
    """What is wrong with the row, as a finding of the verifier. Without keys its MAC is not looked at."""
    entry = bytes(row["entry"])
    if keys and not _is_authentic(row, entry, keys):
        return E_ROW_MAC
    try:
        document = orjson.loads(entry)
        if canonical(document) != entry:
            return E_NOT_CANONICAL
    except (orjson.JSONDecodeError, NotCanonical):
        return E_NOT_CANONICAL
    try:
        return None if _columns_of(document) == _kept(row) else E_PROJECTION
    except (KeyError, TypeError, ValueError):
        return E_PROJECTION


def _is_authentic(row: Row, entry: bytes, keys: "MacKeys") -> bool:
    try:
        mac = row_mac(keys(row["mac_key_id"], row["action"]), row["org_id"], entry)
    except CannotOpen:
        return False
    return hmac.compare_digest(mac, bytes(row["mac"]))


class MacKeys:
    """The keys that one round needs, each opened once; they go with the round."""

    def __init__(self) -> None:
        self._keys: dict[UUID, InstanceKey] = {}

    def __call__(self, key_id: UUID, action: str) -> bytes:
        """Raises CannotOpen, also for a key that vouches for no such act."""
        if key_id not in self._keys:
            self._keys[key_id] = ring.instance_key_by_id(key_id)
        key = self._keys[key_id]
        if key.purpose is not Purpose.AUDIT_MAC and (key.purpose is not Purpose.JOURNAL or action not in GATEWAY_ACTS):
            raise CannotOpen("This key vouches for no such event")
        return key.secret


_COMPARED = tuple(name for name in COLUMNS if name not in ("entry", "mac", "mac_key_id"))


def _columns_of(document: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        document["id"],
        document["ts"],
        _id(document, "org") or str(INSTANCE),
        document["action"],
        document["outcome"],
        document["actor"]["type"],
        document["actor"]["id"],
        _id(document, "project"),
        _id(document, "env"),
        _id(document, "secret"),
        _id(document, "token"),
        _id(document, "on_token"),
        document["version"],
        _address(document["ip"]),
        document["req"],
        document["reason"],
    )


def _kept(row: Row) -> tuple[Any, ...]:
    return tuple(_READ.get(name, _as_text)(row[name]) for name in _COMPARED)


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def _moment(value: Any) -> str:
    return str(value.isoformat(timespec="microseconds")[:26] + "Z")


def _address(value: str | None) -> str | None:
    return str(ipaddress.ip_address(value)) if value else None


_READ: Mapping[str, Callable[[Any], Any]] = {"at": _moment, "address": _address}


def _id(document: Mapping[str, Any], key: str) -> Any:
    named = document[key]
    return named["id"] if named else None
