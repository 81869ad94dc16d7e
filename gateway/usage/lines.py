"""Lines that nobody can write, alter, reorder or take out of a journal without its key. Pure.

A line is ``<MAC in hex> <payload>\\n``. The MAC is the first 16 bytes of HMAC-SHA256 over
``"kv-journal-line-v1\\0" ‖ file (16 bytes) ‖ number (u64, big-endian) ‖ payload`` under a key derived from the
instance's ``journal`` key. Lines are numbered from 0, which is the file's own head. Lines that are missing at the end
are those that were not written: a crash looks the same.
"""

import hmac
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import orjson

_KEY_CONTEXT = b"kv-journal-key-v1\0"
_LINE_CONTEXT = b"kv-journal-line-v1\0"
_MAC = 32  # hex digits


class BadLine(Exception):
    """A whole line that its key does not vouch for."""


class Head(NamedTuple):
    """The first line of a file: whose it is, and which key vouches for it."""

    file: UUID
    worker: UUID
    number: int
    key: UUID
    version: int = 1


def line_key(instance_key: bytes) -> bytes:
    return hmac.digest(instance_key, _KEY_CONTEXT, "sha256")


def write_head(key: bytes, head: Head) -> bytes:
    return Numbered(key, head.file).line(orjson.dumps(tuple(head)))


def peek(line: bytes) -> Head:
    """What a first line says of itself, before any key was found for it. Raises BadLine."""
    try:
        file, worker, number, key, version = orjson.loads(line[_MAC + 1 :])
        return Head(UUID(file), UUID(worker), int(number), UUID(key), int(version))
    except (ValueError, TypeError):
        raise BadLine("the first line is none") from None


@dataclass(slots=True)
class Numbered:
    """Writes or reads a file's lines in turn."""

    _key: bytes
    _file: UUID
    number: int = 0

    def line(self, payload: bytes) -> bytes:
        mac = self._mac(payload)
        self.number += 1
        return b"%b %b\n" % (mac, payload)

    def payload(self, line: bytes) -> bytes:
        """Of a line without its end. Raises BadLine."""
        mac, payload = line[:_MAC], line[_MAC + 1 :]
        if not hmac.compare_digest(mac, self._mac(payload)):
            raise BadLine(f"line {self.number}")
        self.number += 1
        return payload

    def _mac(self, payload: bytes) -> bytes:
        message = _LINE_CONTEXT + self._file.bytes + self.number.to_bytes(8, "big") + payload
        return hmac.digest(self._key, message, "sha256")[:16].hex().encode()
