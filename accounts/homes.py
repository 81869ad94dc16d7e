"""Which organizations hear of what happens to a person's account. Memberships are a room above, which tells it here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from keyvault.target import Ref

HomesOf = Callable[[UUID], Sequence[Ref]]


@dataclass(slots=True)
class _Port:
    homes_of: HomesOf | None = None


_port = _Port()


def tell_homes_with(function: HomesOf) -> HomesOf:
    """``function`` gives the organizations in which a user is active, the oldest membership first."""
    _port.homes_of = function
    return function


def homes_of(user_id: UUID) -> Sequence[Ref]:
    if _port.homes_of is None:
        raise LookupError("nothing says where a person is a member")
    return _port.homes_of(user_id)
