"""Which endpoints a token may ask at the gateway. Pure.

An entry is a path by whole segments, with all that lies below it; a segment ``*`` is any one. With a provider's name in
front (``openai/v1/chat``) it is that provider's, else (``/v1/chat``) that of any.
"""

import re
from collections.abc import Iterable

_ENTRY = re.compile(r"(?P<provider>[a-z0-9]+(?:-[a-z0-9]+)*)?(?P<path>(?:/(?:\*|[A-Za-z0-9._~:@+-]+))+)/?")


def clean(text: str) -> str:
    """Raises ValueError, with words that follow the entry's name."""
    shape = _ENTRY.fullmatch(text)
    segments = shape["path"].split("/")[1:] if shape else []
    if shape is None or any(segment.startswith("..") or segment.endswith(".") for segment in segments):
        raise ValueError("is no endpoint; one is /v1/chat/completions or openai/v1/responses")
    if all(segment == "*" for segment in segments):
        raise ValueError("names no endpoint: leave the list empty if every one is meant")
    return f"{shape['provider'] or ''}{shape['path']}"


def is_covered(child: str, parents: Iterable[str]) -> bool:
    """Whether every path of ``child`` is one of some entry of ``parents``."""
    return any(_covers(parent.lower(), child.lower()) for parent in parents)


def _covers(parent: str, child: str) -> bool:
    provider, *wanted = parent.split("/")
    of, *asked = child.split("/")
    if provider not in ("", of) or len(asked) < len(wanted):
        return False
    *inner, last = zip(wanted, asked, strict=False)
    return all(want in ("*", ask) for want, ask in inner) and _ends(*last)


def _ends(want: str, ask: str) -> bool:
    """A colon ends a segment as a slash does: ``/v1/models`` has ``/v1/models:batch`` below it."""
    return want in ("*", ask) or (ask != "*" and ask.startswith(f"{want}:"))
