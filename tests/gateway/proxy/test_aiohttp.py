"""The two ways out give the same: the proxy's behaviour on aiohttp, and the clients' answers side by side."""

import asyncio
from collections.abc import AsyncIterator
from unittest import TestCase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model import Base
from gateway.proxy.limits import Limits
from gateway.upstream.addresses import Admission
from gateway.upstream.aiohttp_client import AiohttpUpstream
from gateway.upstream.client import OwnUpstream
from gateway.upstream.dialing import Dialer
from gateway.upstream.interface import Call, Upstream, UpstreamError
from keyvault.networks import parse_network
from tests.gateway.proxy.far_side import FarSide, raw
from tests.gateway.proxy.test_cutting import CutTests
from tests.gateway.proxy.test_swapping import SwapTests

Told = tuple[object, ...]

OK = b"HTTP/1.1 200 OK\r\n"
ANSWERS = {
    "with a length": OK + b"Content-Length: 2\r\nX-A: 1\r\nX-A: 2\r\n\r\nok",
    "in chunks": OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n3\r\nabc\r\n0\r\n\r\n",
    "with extensions": OK + b"Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\nX-T: 1\r\n\r\n",
    "to the end": OK + b"\r\nok",
    "empty": OK + b"Content-Length: 0\r\n\r\n",
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "not modified": b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n',
    "after a hint": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n",
    "an error": b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno",
    "a redirect": b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
    "compressed": OK + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8bx",
    "a cookie": OK + b"Set-Cookie: a=1\r\nContent-Length: 2\r\n\r\nok",
    "cut short": OK + b"Content-Length: 10\r\n\r\nok",
    "chunks cut short": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nok",
    "nothing": b"",
    "no HTTP": b"hello\r\n\r\n",
    "two lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nokx",
    "a signed length": OK + b"Content-Length: +2\r\n\r\nok",
}


class SwapOnAiohttpTests(SwapTests):
    options = {"upstream": AiohttpUpstream}


class CutOnAiohttpTests(CutTests):
    options = {"upstream": AiohttpUpstream, "limits": Limits(tick=0.05)}


class SideBySideTests(TestCase):
    def setUp(self) -> None:
        self.far_side = self.enterContext(FarSide())

    def test_each_answer_is_read_alike(self) -> None:
        for name, answer in ANSWERS.items():
            for method in ("GET", "HEAD", "POST"):
                with self.subTest(name, method=method):
                    head = answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
                    whole = name in ("after a hint", "nothing") or method != "HEAD"
                    self.far_side.answer = raw(answer if whole else head, close=True)
                    self.assertEqual(self._told(OwnUpstream, method), self._told(AiohttpUpstream, method))

    def test_each_request_is_written_alike(self) -> None:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"one"
            yield b"two"

        for method, length in (("GET", None), ("POST", 0), ("POST", 2), ("PUT", 6), ("PATCH", None), ("DELETE", 0)):
            with self.subTest(method, length=length):
                written = []
                for make in (OwnUpstream, AiohttpUpstream):
                    body: bytes | AsyncIterator[bytes] = pieces() if length in (6, None) else b"x" * (length or 0)
                    if method == "GET":
                        body = b""
                    self._told(make, method, body, length if length == 6 else None)
                    seen = self.far_side.last
                    written.append((seen.line, sorted(seen.headers), seen.body))
                self.assertEqual(written[0], written[1])

    @pytest.mark.slow
    def test_any_bytes_are_read_alike_or_refused_by_ours(self) -> None:
        """Ours may refuse more; what it takes, it takes as the other does."""

        @settings(max_examples=300, deadline=None)
        @given(st.sampled_from(sorted(ANSWERS)), st.integers(0, 200), st.binary(max_size=4))
        def compare(name: str, at: int, change: bytes) -> None:
            answer = ANSWERS[name]
            at = min(at, len(answer) - len(change))  # beyond the end aiohttp refuses what ours never pools
            self.far_side.answer = raw(answer[:at] + change + answer[at + len(change) :], close=True)
            ours = self._told(OwnUpstream, "GET")
            if ours[0] != "refused":
                self.assertEqual(ours, self._told(AiohttpUpstream, "GET"))

        compare()

    def _told(
        self,
        make: type[OwnUpstream] | type[AiohttpUpstream],
        method: str,
        body: bytes | AsyncIterator[bytes] = b"",
        length: int | None = None,
    ) -> Told:
        async def ask() -> Told:
            upstream: Upstream = make(Dialer([Admission("127.0.0.1", parse_network("127.0.0.1"))]))
            call = Call(
                Base("http", "127.0.0.1", self.far_side.port), method, b"/v1/x?a=%2F", [(b"x-a", b"1")], body, length
            )
            try:
                return await _read(upstream, call)
            except UpstreamError as problem:
                return "refused", problem.rule
            finally:
                await upstream.close()

        return asyncio.run(ask())


async def _read(upstream: Upstream, call: Call) -> Told:
    answer = await upstream.request(call)
    body = b""
    try:
        while not answer.ended:
            body += await answer.read()
        return answer.status, list(answer.headers), body
    finally:
        answer.release()
