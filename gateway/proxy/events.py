"""Server-sent events pass in whole: a stream that is cut then ends between two, and can say why. Pure.

No client does anything with an event before the blank line behind it (WHATWG HTML §9.2.6), so nothing waits longer.
"""

LIMIT = 256 * 1024  # bytes of one event; a longer one passes piece by piece

_ENDS = (b"\n\n", b"\r\n\r\n")


class WholeEvents:
    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting = b""

    def feed(self, piece: bytes) -> bytes:
        """What ends with an event; the bytes are the provider's, and all of them in time."""
        text = self._waiting + piece
        end = max(text.rfind(mark) + len(mark) if mark in text else 0 for mark in _ENDS)
        if not end and len(text) > LIMIT:
            end = len(text)
        self._waiting = text[end:]
        return text[:end]

    def end(self) -> bytes:
        return self._waiting


def is_between_events(sent: bytes) -> bool:
    """``sent`` are at least the last four bytes, fewer only where there were no more."""
    return not sent or sent.endswith(_ENDS)
