"""Writes of one turn of the loop leave as one, in order, and none is lost or late."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from unittest import TestCase

from gateway.proxy.gathering import Gathering


class _Counting(asyncio.Protocol):
    def __init__(self) -> None:
        self.calls: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        write = transport.write

        def counted(data: bytes) -> None:
            self.calls.append(data)
            write(data)

        transport.write = counted  # type: ignore[method-assign, assignment]
        self.gathering = Gathering(transport, asyncio.get_running_loop())


class GatheringTests(TestCase):
    def test_a_head_and_a_body_are_one_write(self) -> None:
        async def act(near: _Counting) -> None:
            near.gathering.write(b"head ")
            near.gathering.write(b"body")

        self.assertEqual(self.run_with(act), ([b"head body"], b"head body"))

    def test_a_head_does_not_wait_for_a_body_that_is_late(self) -> None:
        async def act(near: _Counting) -> None:
            near.gathering.write(b"head ")
            await asyncio.sleep(0)
            self.assertEqual(near.calls, [b"head "])
            near.gathering.write(b"body")

        self.assertEqual(self.run_with(act), ([b"head ", b"body"], b"head body"))

    def test_closing_sends_what_was_written(self) -> None:
        async def act(near: _Counting) -> None:
            near.gathering.write(b"last")
            near.gathering.close()
            near.gathering.write(b"too late")

        self.assertEqual(self.run_with(act), ([b"last"], b"last"))

    def test_aborting_sends_nothing_more(self) -> None:
        async def act(near: _Counting) -> None:
            near.gathering.write(b"half an answer")
            near.gathering.abort()

        self.assertEqual(self.run_with(act), ([], b""))

    def run_with(self, act: Callable[[_Counting], Awaitable[None]]) -> tuple[list[bytes], bytes]:
        """What was given to the transport, and what arrived at the other end."""

        async def both() -> tuple[list[bytes], bytes]:
            here, there = socket.socketpair()
            _, near = await asyncio.get_running_loop().create_connection(_Counting, sock=here)
            reader, writer = await asyncio.open_connection(sock=there)
            await act(near)
            await asyncio.sleep(0)
            near.gathering.close()
            arrived = await reader.read()
            writer.close()
            return near.calls, arrived

        return asyncio.run(both())
