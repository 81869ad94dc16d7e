"""A program as a value: its command, what it may see, when it is ready and how it wants to end."""

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


def at_once() -> bool:
    """Ready as soon as it runs."""
    return True


@dataclass(frozen=True, slots=True)
class Account:
    """Who the program runs as where that is not who we are.

    ``enter`` runs in the child before the program; ``uid`` and ``gid`` are those of a plain change of user.
    """

    enter: Callable[[], None] | None = None
    uid: int | None = None
    gid: int | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """``environment`` is everything the program sees. ``stop`` asks it to end and ``grace`` is how long it may take,
    in seconds, before its whole session is killed; ``death`` is what the kernel sends it when we are gone."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    ready: Callable[[], bool] = at_once
    stop: signal.Signals = signal.SIGTERM
    death: signal.Signals = signal.SIGTERM
    grace: float = 10.0
    account: Account = Account()
