"""Our own client: HTTP/1.1 on asyncio and llhttp, for what a gateway needs and no more (docs/adr/0010)."""

from gateway.upstream.answer import ParsedAnswer
from gateway.upstream.connection import Connection
from gateway.upstream.dialing import Dialer
from gateway.upstream.interface import Broken, Call, Headers
from gateway.upstream.pool import MOST_OPEN, Pool


class OwnAnswer:
    __slots__ = ("_answer", "_connection", "headers", "read", "status")

    def __init__(self, answer: ParsedAnswer, connection: Connection) -> None:
        self._answer, self._connection = answer, connection
        self.status: int = answer.status
        self.headers: Headers = answer.headers
        self.read = answer.read

    @property
    def ended(self) -> bool:
        return self._answer.ended

    def release(self) -> None:
        self._connection.release(self._answer)


class OwnUpstream:
    def __init__(self, dialer: Dialer, most_open: int = MOST_OPEN) -> None:
        self.dialer = dialer
        self._pool = Pool(dialer, most_open)

    async def request(self, call: Call) -> OwnAnswer:
        """A request goes out once. Only where a kept connection dies before a byte of the answer, and only a
        repeatable request whose body is at hand, goes out again, on a new connection each time it is needed.
        """
        while True:
            connection, reused = await self._pool.take(call.base)
            try:
                return OwnAnswer(await connection.ask(call), connection)
            except Broken as broken:
                connection.abort()
                if not (reused and broken.unanswered and call.repeatable and isinstance(call.body, bytes)):
                    raise
            except BaseException:
                connection.abort()
                raise

    def sweep(self) -> None:
        self._pool.sweep()

    async def close(self) -> None:
        self._pool.close()
