"""The text in force, and its few marks read into blocks. No block holds markup: templates escape every line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from keyvault.flows.public_texts.models import Name, PublicText
from keyvault.flows.public_texts.starting import STARTING

_HEADING, _ITEM = "# ", "- "
_GAP = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class Block:
    """``kind`` is heading, list or text; of a list each line is an item."""

    kind: str
    lines: tuple[str, ...]


def in_force(name: Name) -> PublicText:
    """An edit, or the text that KeyVault brings as a row that was never stored, with no ``at``."""
    newest = PublicText.objects.filter(name=name).first()
    if newest is not None and newest.text:
        return newest
    return PublicText(name=name, text=str(STARTING[name]))


def blocks_of(text: str) -> list[Block]:
    """A blank line ends a block; ``# `` begins a heading, ``- `` an item. Whatever else is typed is shown as it is."""
    parts = _GAP.split(text.replace("\r\n", "\n").strip())
    return [block for part in parts for block in _blocks(part.split("\n"))]


def _blocks(lines: list[str]) -> Iterator[Block]:
    """Neighbours of one kind are one block, but each heading is its own."""
    kind, held = "", list[str]()
    for line in filter(None, map(str.strip, lines)):
        found, words = _read(line)
        if held and (found != kind or found == "heading"):
            yield Block(kind, tuple(held))
            held = []
        kind = found
        held.append(words)
    if held:
        yield Block(kind, tuple(held))


def _read(line: str) -> tuple[str, str]:
    if line.startswith(_HEADING):
        return "heading", line.removeprefix(_HEADING).strip()
    if line.startswith(_ITEM):
        return "list", line.removeprefix(_ITEM).strip()
    return "text", line
