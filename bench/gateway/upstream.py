"""A provider that refuses everything but the real key; its answers are JSON, 20 events, or JSON after 20 ms."""

import asyncio
import sys
from typing import cast

import uvloop

from bench.gateway.serve import KEY

JSON = b'{"id":"chatcmpl-1","object":"chat.completion","choices":[{"message":{"content":"' + b"x" * 860 + b'"}}]}'
EVENTS = 20

_GOOD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(JSON) + JSON
_BAD = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
_EVENT = b"data: " + b"y" * 100 + b"\n\n"
_CHUNK = b"%x\r\n%b\r\n" % (len(_EVENT), _EVENT)
_AUTHORIZED = b"bearer " + KEY.lower().encode()


class Provider(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, rest = self._buffer.partition(b"\r\n\r\n")
            lowered = head.lower()
            length = int(lowered.partition(b"content-length:")[2].split(b"\r\n", 1)[0] or b"0")
            if len(rest) < length:
                return
            self._buffer = rest[length:]
            self._answer(head, lowered)

    def _answer(self, head: bytes, lowered: bytes) -> None:
        loop = asyncio.get_running_loop()
        if _AUTHORIZED not in lowered:
            self._write(_BAD)
        elif b"/stream" in head.split(b"\r\n", 1)[0]:
            self._write(_HEAD)
            self._event(EVENTS)
        elif b"/slow" in head.split(b"\r\n", 1)[0]:
            loop.call_later(0.02, self._write, _GOOD)
        else:
            self._write(_GOOD)

    def _event(self, left: int) -> None:
        self._write(_CHUNK if left else b"0\r\n\r\n")
        if left:
            asyncio.get_running_loop().call_soon(self._event, left - 1)

    def _write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Provider, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
