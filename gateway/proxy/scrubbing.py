"""The real key never comes back: every run of 12 of its bytes in what a provider says is struck out. Pure."""

import base64
from urllib.parse import quote

from gateway.model import Credential

RUN = 12  # bytes
STRUCK = b"***"

_BLOCK = 6  # of every run of 12 bytes, one aligned block of 6 is whole


class Scrubber:
    """Looks for the key, the secret's further fields, and their forms in base64 and in addresses."""

    def __init__(self, credential: Credential) -> None:
        secrets = [credential.key, *(text for text in credential.fields.values() if len(text) >= RUN)]
        forms = {form for text in secrets for form in _forms(text.strip(), credential)}
        self._whole = tuple(form for form in forms if 0 < len(form) < RUN)
        blocks = {form[at : at + _BLOCK] for form in forms for at in range(0, len(form) - _BLOCK + 1, _BLOCK)}
        self._signs = (*blocks, *self._whole)
        self._runs = {form[at : at + RUN] for form in forms for at in range(len(form) - RUN + 1)}
        self._all = b"\0".join(forms)

    def clean(self, text: bytes) -> bytes:
        return b"".join(self._pieces(text, self._spans(text), len(text)))

    def suspects(self, text: bytes) -> bool:
        """Cheap: False means that no run of the key is in it."""
        for block in self._signs:  # noqa: SIM110 # of every answer, so without a generator
            if block in text:
                return True
        return False

    def open_end(self, text: bytes) -> int:
        """How many of the last bytes could be the beginning of a run: none, as a rule."""
        length = 0
        while length < min(RUN - 1, len(text)) and text[-length - 1 :] in self._all:
            length += 1
        return length

    def _spans(self, text: bytes) -> list[tuple[int, int]]:
        if not self.suspects(text):
            return []
        spans: list[tuple[int, int]] = []
        for at in range(len(text)):
            length = self._length_at(text, at)
            if length and spans and at <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(spans[-1][1], at + length))
            elif length:
                spans.append((at, at + length))
        return spans

    def _length_at(self, text: bytes, at: int) -> int:
        if text[at : at + RUN] in self._runs:
            return RUN
        return max((len(whole) for whole in self._whole if text.startswith(whole, at)), default=0)

    @staticmethod
    def _pieces(text: bytes, spans: list[tuple[int, int]], end: int) -> list[bytes]:
        pieces, at = [], 0
        for start, stop in spans:
            pieces += [text[at:start], STRUCK]
            at = stop
        return [*pieces, text[at:end]]


class StreamScrubber:
    """For a body that comes in pieces: what could be the beginning of a run waits for the next piece."""

    def __init__(self, scrubber: Scrubber) -> None:
        self._scrubber = scrubber
        self._waiting = b""

    def feed(self, piece: bytes) -> bytes:
        text = self._waiting + piece
        spans = self._scrubber._spans(text)
        decided = max(len(text) - self._scrubber.open_end(text), spans[-1][1] if spans else 0)
        self._waiting = text[decided:]
        return b"".join(Scrubber._pieces(text, spans, decided))

    def end(self) -> bytes:
        return self._scrubber.clean(self._waiting)


def scrubber_of(credential: Credential) -> Scrubber:
    made = credential.rendered.get(Scrubber)
    if made is None:
        made = credential.rendered[Scrubber] = Scrubber(credential)
    found: Scrubber = made
    return found


def _forms(text: str, credential: Credential) -> set[bytes]:
    plain = text.encode()
    users = [value.encode() for value in credential.fields.values()]
    pairs = [plain + b":", b":" + plain, *(user + b":" + plain for user in users)]
    return {plain, quote(text, safe="").encode(), base64.b64encode(plain), *map(base64.b64encode, pairs)}
