"""A meter without limits."""

from collections.abc import Sequence

from gateway.model import Asked, Outcome, Refusal, Token
from gateway.ports import Reservation


class _Unlimited:
    def answered(self, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
        pass

    def passed(self, chunk: bytes) -> None:
        pass

    def settle(self, outcome: Outcome) -> None:
        pass


_UNLIMITED = _Unlimited()


class Unmetered:
    def wants_body(self, token: Token) -> bool:
        return False

    async def admit(self, token: Token, asked: Asked) -> Reservation | Refusal:
        return _UNLIMITED
