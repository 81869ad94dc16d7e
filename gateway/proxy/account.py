"""What one request was and did, told to the meter once."""

from gateway.model import Ending, Outcome
from gateway.ports import Reservation
from gateway.proxy.deadline import Deadline


class Account:
    __slots__ = ("_deadline", "_reservation", "bytes_in", "bytes_out", "ending", "first_byte", "status")

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._reservation: Reservation | None = None
        self.ending = Ending.REFUSED
        self.status = self.bytes_in = self.bytes_out = 0
        self.first_byte: float | None = None

    def open(self, reservation: Reservation) -> None:
        self._reservation = reservation

    def answered(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self.status, self.first_byte = status, self._deadline.elapsed
        if self._reservation:
            self._reservation.answered(status, headers)

    def passed(self, piece: bytes) -> None:
        self.bytes_out += len(piece)
        if self._reservation:
            self._reservation.passed(piece)

    def settle(self, ending: Ending) -> None:
        """The first word counts: an answer that was settled as whole stays so."""
        if self._reservation is None:
            return
        self.ending = ending
        reservation, self._reservation = self._reservation, None
        reservation.settle(
            Outcome(ending, self.status, self.bytes_in, self.bytes_out, self.first_byte, self._deadline.elapsed)
        )
