"""Events pass whole, byte for byte."""

from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from gateway.proxy.events import LIMIT, WholeEvents, is_between_events

STREAMS = st.lists(
    st.sampled_from([b"data: a", b"\n", b"\n\n", b"\r\n", b"\r\n\r\n", b"event: x\n", b": \n\n"]), max_size=12
)


class WholeEventsTests(TestCase):
    @given(STREAMS.map(b"".join), st.integers(1, 9))
    def test_every_piece_ends_between_two_events_and_none_is_changed(self, stream: bytes, size: int) -> None:
        events = WholeEvents()
        pieces = [events.feed(stream[at : at + size]) for at in range(0, len(stream), size)]
        self.assertTrue(all(map(is_between_events, pieces)), pieces)
        self.assertEqual(b"".join(pieces) + events.end(), stream)

    def test_an_event_leaves_with_its_last_byte(self) -> None:
        events = WholeEvents()
        self.assertEqual(
            [events.feed(piece) for piece in (b"data: 1\n", b"\nda", b"ta: 2\n\n")],
            [b"", b"data: 1\n\n", b"data: 2\n\n"],
        )

    def test_what_is_too_long_for_an_event_passes_piece_by_piece(self) -> None:
        events = WholeEvents()
        self.assertEqual(events.feed(b"x" * LIMIT), b"")
        self.assertEqual(len(events.feed(b"x")), LIMIT + 1)
