"""However an answer is cut into pieces, no run of 12 bytes of the key comes through, and nothing else is lost."""

import asyncio
from unittest import IsolatedAsyncioTestCase, TestCase

from hypothesis import given
from hypothesis import strategies as st

from gateway.model import Base, Credential
from gateway.proxy.scrubbing import RUN, Scrubber, StreamScrubber
from gateway.upstream import pool
from gateway.upstream.addresses import Admission
from gateway.upstream.client import OwnUpstream
from gateway.upstream.dialing import Dialer
from gateway.upstream.interface import Busy, Call
from keyvault.networks import parse_network
from tests.gateway.proxy.far_side import FarSide
from tests.gateway.proxy.stage import KEY

RUNS = {KEY[at : at + RUN].encode() for at in range(len(KEY) - RUN + 1)}
PARTS = st.one_of(
    st.binary(max_size=20),
    st.integers(0, len(KEY)).flatmap(lambda at: st.integers(at, len(KEY)).map(lambda end: KEY[at:end].encode())),
)


class PiecesTests(TestCase):
    @given(st.lists(PARTS, max_size=6), st.integers(1, 40))
    def test_no_run_comes_through(self, parts: list[bytes], size: int) -> None:
        text = b"".join(parts)
        stream = StreamScrubber(Scrubber(Credential(KEY)))
        said = b"".join(stream.feed(text[at : at + size]) for at in range(0, len(text), size)) + stream.end()
        self.assertFalse([run for run in RUNS if run in said and run in text])

    @given(st.binary(max_size=200), st.integers(1, 40))
    def test_what_holds_no_key_stays_as_it_is(self, text: bytes, size: int) -> None:
        stream = StreamScrubber(Scrubber(Credential(KEY)))
        said = b"".join(stream.feed(text[at : at + size]) for at in range(0, len(text), size)) + stream.end()
        self.assertEqual(said, text)

    def test_what_cannot_begin_a_run_waits_for_nothing(self) -> None:
        stream = StreamScrubber(Scrubber(Credential(KEY)))
        self.assertEqual(stream.feed(b"data: hello\n\n"), b"data: hello\n\n")
        self.assertEqual(stream.feed(b"data: " + KEY[3:9].encode()), b"data: ")
        self.assertEqual(stream.feed(b"\n\n"), KEY[3:9].encode() + b"\n\n")

    def test_a_short_key_is_struck_out_whole(self) -> None:
        scrubber = Scrubber(Credential("abc1234"))
        self.assertEqual(scrubber.clean(b"key abc1234, abc123"), b"key ***, abc123")


class PoolTests(IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.far_side = self.enterContext(FarSide())

    async def asyncSetUp(self) -> None:
        here = Admission("127.0.0.1", parse_network("127.0.0.1"))
        self.upstream = OwnUpstream(Dialer([here]), most_open=1)
        self.addAsyncCleanup(self.upstream.close)
        self.call = Call(Base("http", "127.0.0.1", self.far_side.port), "GET", b"/", [])

    async def test_who_waits_gets_the_connection_that_comes_back(self) -> None:
        first = await self.upstream.request(self.call)
        second = asyncio.create_task(self.upstream.request(self.call))
        await asyncio.sleep(0.05)
        self.assertFalse(second.done())
        while not first.ended:
            await first.read()
        first.release()
        (await second).release()
        self.assertEqual({seen.connection for seen in self.far_side.seen}, {1})

    async def test_a_connection_that_is_given_up_makes_room(self) -> None:
        first = await self.upstream.request(self.call)
        waiting = [asyncio.create_task(self.upstream.request(self.call)) for _ in range(3)]
        await asyncio.sleep(0.05)
        waiting[0].cancel()
        first.release()  # unread: its connection ends
        for task in waiting[1:]:
            (await task).release()
        self.assertEqual(len(self.far_side.seen), 3)

    async def test_the_queue_has_an_end(self) -> None:
        first = await self.upstream.request(self.call)
        lane = next(iter(self.upstream._pool._lanes.values()))
        lane._waiting.extend(asyncio.get_running_loop().create_future() for _ in range(pool.MOST_WAITING))
        with self.assertRaises(Busy):
            await self.upstream.request(self.call)
        first.release()
