"""The lines of a journal file that its key vouches for."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from gateway.usage.lines import BadLine, Numbered, line_key, peek
from gateway.usage.record import Record, decode
from keyvault.errors import CannotOpen
from keyvault.keyring import ring
from keyvault.keyring.purposes import Purpose

_PIECE = 256 * 1024  # bytes


@dataclass(slots=True, eq=False)
class Tail:
    """Reads a file that may still grow, from where it stopped."""

    path: Path
    offset: int = 0
    _lines: Numbered | None = None

    def read(self) -> list[Record]:
        """The whole lines that are new, of a piece at most. Raises BadLine, after which the rest counts for nothing."""
        records: list[Record] = []
        try:
            self._read_into(records)
        except BadLine as problem:
            raise Spoiled(records, f"{self.path.name}: {problem}") from None
        return records

    def _read_into(self, records: list[Record]) -> None:
        for line in self._new_lines():
            if self._lines is None:
                self._lines = _lines_of(line, self.path)
            else:
                payload = self._lines.payload(line)
                try:
                    records.append(decode(payload))
                except (ValueError, TypeError, KeyError):
                    raise BadLine("a line of another release") from None
            self.offset += len(line) + 1

    def _new_lines(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            file.seek(self.offset)
            piece = file.read(_PIECE)
        end = piece.rfind(b"\n")
        if end >= 0:
            yield from piece[:end].split(b"\n")


class Spoiled(BadLine):
    """``records`` are those before the bad line."""

    def __init__(self, records: list[Record], text: str) -> None:
        super().__init__(text)
        self.records = records


def _lines_of(first: bytes, path: Path) -> Numbered:
    """Raises BadLine where the file is not what its name says, or its key is none of the journals'."""
    head = peek(first)
    if not path.name.startswith(str(head.worker)):
        raise BadLine("the file has another worker's name")
    lines = Numbered(line_key(_secret(head.key)), head.file)
    lines.payload(first)
    return lines


def _secret(key: UUID) -> bytes:
    try:
        found = ring.instance_key_by_id(key)
    except CannotOpen:
        raise BadLine("its key cannot be opened here") from None
    if found.purpose is not Purpose.JOURNAL:
        raise BadLine("its key is for something else")
    return found.secret
