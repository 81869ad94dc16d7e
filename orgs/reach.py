"""What membership of a team opens. Grants are stored in a room above, which tells it here when it starts."""

from collections.abc import Callable
from dataclasses import dataclass

from orgs.models import Team

ReadsProtected = Callable[[Team], bool]


@dataclass(slots=True)
class _Port:
    reads_protected: ReadsProtected | None = None


_port = _Port()


def tell_protected_reads_with(function: ReadsProtected) -> ReadsProtected:
    """``function`` says whether a team's grants permit reading values of a protected environment."""
    _port.reads_protected = function
    return function


def reads_protected_values(team: Team) -> bool:
    if _port.reads_protected is None:
        raise LookupError("nothing says what a team may read")
    return _port.reads_protected(team)
