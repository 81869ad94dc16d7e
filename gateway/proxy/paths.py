"""One form for each path, and which paths may be asked. Pure.

What has two readings is refused: a provider that decodes twice, folds slashes or takes ``..;`` for a parent must find
nothing here that we read otherwise (RFC 3986 §6.2.2).
"""

import re
from functools import lru_cache

_SHAPE = re.compile(rb"(?:/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)+")
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_TWICE = re.compile(r"%25(?:25)*(?:2[eEfF]|5[cC]|0|1|7[fF])")
_UNRESERVED = re.compile(r"[A-Za-z0-9_~-]")
_FORBIDDEN = {0x2E, 0x2F, 0x5C, 0x7F, *range(0x20)}  # . / \ DEL and controls


class BadPath(Exception):
    """The path has a form that is not passed on."""


def normalise(raw: bytes) -> str:
    """Canonical: unreserved characters are plain, the other escapes upper case. Raises BadPath."""
    if not _SHAPE.fullmatch(raw) or b"//" in raw:
        raise BadPath
    path = raw.decode("ascii")
    if "%" in path:
        path = _decode(path)
    if "/." in path and any(map(_climbs, path.split("/"))):
        raise BadPath
    return path


def _decode(path: str) -> str:
    if _BAD_ESCAPE.search(path) or _TWICE.search(path):
        raise BadPath
    return _ENCODED.sub(_one, path)


def _one(escape: re.Match[str]) -> str:
    code = int(escape[1], 16)
    if code in _FORBIDDEN:
        raise BadPath
    character = chr(code)
    return character if _UNRESERVED.fullmatch(character) else escape[0].upper()


def _climbs(segment: str) -> bool:
    """``.`` and whatever begins with ``..``, parameters or not; a name such as ``.well-known`` is one."""
    return segment.startswith("..") or segment.partition(";")[0] == "."


def permits(prefixes: tuple[str, ...], denied: tuple[str, ...], path: str) -> bool:
    """``/v1/models`` permits itself and what is below it, never ``/v1/models-admin``; it denies ``.json`` of it too."""
    if denied and _compiled(denied, r"[^a-z0-9_-]").fullmatch(path):
        return False
    return prefixes == ("/",) or _compiled(prefixes, "[/:]").fullmatch(path) is not None


@lru_cache(maxsize=512)
def _compiled(prefixes: tuple[str, ...], end: str) -> re.Pattern[str]:
    """Upper and lower case are one: some providers fold them, and what is denied stays so."""
    return re.compile("|".join(_pattern(prefix, end) for prefix in prefixes), re.IGNORECASE)


def _pattern(prefix: str, end: str) -> str:
    escaped = re.escape(prefix.rstrip("/")).replace(r"\*", "[^/]+")
    return f"{escaped}.*" if prefix.endswith(".") else f"{escaped}(?:{end}.*)?"
