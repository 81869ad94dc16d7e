"""What a token may use at the gateway. The gateway's room keeps it, and says here how; this room is below it."""

from dataclasses import asdict, dataclass
from typing import Protocol

from orgs.models import Organization
from orgs.names import invalid
from tokens.models import AccessToken

_HIGHEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Limits:
    """None: no limit of this kind. ``monthly_cents`` is hard: beyond it everything is refused."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    concurrent: int | None = None
    monthly_cents: int | None = None

    @property
    def given(self) -> dict[str, int]:
        return {name: value for name, value in asdict(self).items() if value is not None}


NONE = Limits()


class Keeper(Protocol):
    def limits_of(self, org: Organization, first: AccessToken) -> Limits:
        """Of the line of tokens that ``first`` began."""

    def keep_limits(self, token: AccessToken, limits: Limits) -> None:
        """Of a token that begins a line; in the transaction of its issuing."""


_keepers: list[Keeper] = []


def keep_with(keeper: Keeper) -> None:
    _keepers[:] = [keeper]


def keeper() -> Keeper:
    return _keepers[0]


def clean_limits(limits: Limits) -> Limits:
    """Raises Invalid for a limit that nothing passes, or that no column holds."""
    for name, value in limits.given.items():
        if not 1 <= value <= _HIGHEST:
            raise invalid(name, f"From 1 to {_HIGHEST:,}; left out where there is none.")
    return limits
