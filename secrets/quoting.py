"""How the readers of ``.env`` files and shells want a value quoted. Pure.

Each function gives text that its readers give back exactly, or None for a value that they cannot hold. Tried against
the readers themselves in ``tests/secrets/test_export_readers.py``; compose's rules are those of compose-go's parser.
"""

import re
from collections.abc import Callable

_BARE = re.compile(r"[A-Za-z0-9_./:@%+=,\\-]+")
_RAW_DOUBLE = re.compile(r'[^"$\\`\r]*')


def any_reader(text: str) -> str | None:
    """What Node, python-dotenv, shells and Compose all read alike.

    In single quotes Python makes one backslash of two and Compose takes one before the quote for an escape;
    python-dotenv expands ``${…}`` whatever the quotes.
    """
    if "\r" in text or "${" in text:
        return None
    if "'" not in text and "\\\\" not in text and not text.endswith("\\"):
        return f"'{text}'"
    return _raw_double(text)


def node(text: str) -> str | None:
    """``node --env-file`` and npm's dotenv: single quotes and backticks hold all but a last backslash."""
    if "\r" in text:
        return None
    if text.endswith("\\"):
        return _bare(text)
    if "'" not in text:
        return f"'{text}'"
    return _raw_double(text) or (f"`{text}`" if "`" not in text else None)


def python(text: str) -> str | None:
    """python-dotenv: escapes in double quotes. Before 1.2 it took a last backslash for an escape of the quote."""
    if "${" in text:
        return None
    if text.endswith("\\"):
        return _bare(text)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "\\r")
    return f'"{escaped}"'


def shell(text: str) -> str:
    """POSIX.1-2017 §2.2.2: inside single quotes everything but the quote is itself."""
    return "'" + text.replace("'", "'\\''") + "'"


def compose(text: str) -> str | None:
    """Docker Compose: in single quotes only ``\\'`` is special, so that a backslash must not stand before a quote."""
    if "\r" in text or "\\'" in text or text.endswith("\\"):
        return None
    return "'" + text.replace("'", "\\'") + "'"


def _bare(text: str) -> str | None:
    return text if _BARE.fullmatch(text) else None


def _raw_double(text: str) -> str | None:
    return f'"{text}"' if _RAW_DOUBLE.fullmatch(text) else None


DIALECTS: dict[str, Callable[[str], str | None]] = {
    "": any_reader,
    "node": node,
    "python": python,
    "shell": shell,
    "compose": compose,
}
"""The empty name is for a reader that is not known."""
