"""How ``keys status`` reads, for people and for programs."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from keyvault.flows.keys.status import KeyStatus, RootStatus, Status


def as_json(seen: Status) -> str:
    """Times in ISO 8601; fingerprints in full."""
    return json.dumps(asdict(seen), indent=2, default=lambda moment: moment.isoformat())


def as_text(seen: Status) -> str:
    roots = _table(("ROOT KEY", "RING", "KIND", "STATE", "HELD", "WRAPS", "MISSING"), map(_root, seen.roots))
    keys = _table(("DATA KEYS", "COUNT", "OLDEST", "MOST SEALS", "DUE"), map(_key, seen.keys))
    sentences = [*(f"PROBLEM  {text}" for text in seen.problems), *(f"NOTICE   {text}" for text in seen.notices)]
    return "\n".join([roots, "", keys, "", *(sentences or ["All is well."])])


def _root(root: RootStatus) -> Sequence[str]:
    held = "-" if root.ring == "recovery" else "yes" if root.held else "no"
    return root.fingerprint, root.ring, root.kind, root.state, held, str(root.wraps), str(root.missing)


def _key(key: KeyStatus) -> Sequence[str]:
    return key.purpose, str(key.keys), f"{key.oldest:%Y-%m-%d}", str(key.seals), str(key.due)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
