"""A small HTTP/1.1 load generator: N connections, one request in flight on each, every answer checked."""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import uvloop


@dataclass(frozen=True, slots=True)
class Load:
    """``requests`` are raw HTTP/1.1 requests, sent in turn; an answer must hold ``expect`` and status 2xx."""

    port: int
    requests: tuple[bytes, ...]
    expect: bytes
    connections: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """``p50`` and ``p99`` are milliseconds; ``failed`` counts answers that were not what was asked for."""

    done: int
    failed: int
    seconds: float
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        return self.done / self.seconds


class _Connection(asyncio.Protocol):
    def __init__(self, load: Load, latencies: list[float], until: float, first: int) -> None:
        self.load, self.latencies, self.until = load, latencies, until
        self.turn, self.failed, self.sent_at = first, 0, 0.0
        self.buffer = bytearray()
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:  # uvloop's transports are no asyncio.Transport
        self.transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not _complete(self.buffer):
            return
        self.latencies.append(time.perf_counter() - self.sent_at)
        if not self.buffer.startswith(b"HTTP/1.1 2") or self.load.expect not in self.buffer:
            self.failed += 1
            if self.failed == 1:
                print(bytes(self.buffer[:600]), file=sys.stderr)
        self.buffer.clear()
        if time.perf_counter() < self.until:
            self._send()
        else:
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)

    def _send(self) -> None:
        request = self.load.requests[self.turn % len(self.load.requests)]
        self.turn += 1
        self.sent_at = time.perf_counter()
        self.transport.write(request)


def _complete(buffer: bytearray) -> bool:
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = bytes(buffer[:end]).lower()
    if b"transfer-encoding: chunked" in head:
        return buffer.endswith(b"0\r\n\r\n")
    at = head.find(b"content-length:")
    length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    return len(buffer) >= end + 4 + length


async def _run(load: Load) -> Outcome:
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    start = time.perf_counter()
    until = start + load.seconds
    connections = [_Connection(load, latencies, until, first=n * 7) for n in range(load.connections)]
    for connection in connections:
        await loop.create_connection(partial(_itself, connection), "127.0.0.1", load.port)
    await asyncio.gather(*(connection.ended for connection in connections))
    latencies.sort()
    return Outcome(
        done=len(latencies),
        failed=sum(connection.failed for connection in connections),
        seconds=time.perf_counter() - start,
        p50=latencies[len(latencies) // 2] * 1000,
        p99=latencies[int(len(latencies) * 0.99)] * 1000,
    )


def _itself(connection: _Connection) -> _Connection:
    return connection


def main() -> None:
    """Reads a load as JSON from standard input (requests in latin-1) and prints the outcome as JSON."""
    asked = json.load(sys.stdin)
    requests = tuple(text.encode("latin-1") for text in asked.pop("requests"))
    load = Load(requests=requests, expect=asked.pop("expect").encode(), **asked)
    print(json.dumps(asdict(uvloop.run(_run(load)))))


if __name__ == "__main__":
    main()
