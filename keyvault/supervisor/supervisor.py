"""Starts children in order, restarts the ones that die, stops them in reverse."""

import signal
import sys
import time

from keyvault.processes.child import Child
from keyvault.processes.errors import CannotStart
from keyvault.processes.program import Program
from keyvault.supervisor.console import Console

_TICK = 0.3  # seconds
_STEADY = 30.0  # seconds of life after which earlier deaths are forgotten
_LONGEST_WAIT = 30.0
_FIRST_WAIT = 0.5


class Stopped(Exception):
    """Somebody asked us to stop while we were starting."""


class Supervisor:
    """A context: what was started inside is stopped at its end, however that comes."""

    def __init__(self, console: Console):
        self._console = console
        self._children: list[Child] = []
        self._deaths: dict[Child, int] = {}
        self._restart_at: dict[Child, float] = {}
        self._stopping = False

    def __enter__(self) -> "Supervisor":
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping = True
        for child in reversed(self._children):
            child.stop(self._console.pump)
        self._console.pump(0)

    def start(self, program: Program) -> None:
        child = Child(program)
        self._children.append(child)
        self._start(child)
        child.wait_until_ready(self._pause)

    def run(self, program: Program, *, on_terminal: bool = False) -> None:
        """To its end. ``on_terminal`` gives it our own output when that is a terminal, for what no log may hold."""
        own = on_terminal and sys.stdout.isatty()
        child = Child(program, sys.stdout.fileno()) if own else Child(program)
        self._children.append(child)
        self._start(child)
        while child.alive:
            self._pause(_TICK / 3)
        self._children.remove(child)
        self._console.pump(0)
        if child.exit_code:
            raise CannotStart(f"{program.name} failed; its lines above say why.")

    def watch(self) -> None:
        """Until somebody asks us to stop."""
        while not self._stopping:
            self._console.pump(_TICK)
            for child in self._children:
                self._tend(child)

    def _tend(self, child: Child) -> None:
        now = time.monotonic()
        if child.alive:
            if now - child.started_at > _STEADY:
                self._deaths.pop(child, None)
        elif child not in self._restart_at:
            self._plan_restart(child, now)
        elif now >= self._restart_at[child]:
            del self._restart_at[child]
            self._start(child)

    def _plan_restart(self, child: Child, now: float) -> None:
        self._deaths[child] = self._deaths.get(child, 0) + 1
        wait = min(_FIRST_WAIT * 2 ** (self._deaths[child] - 1), _LONGEST_WAIT)
        self._restart_at[child] = now + wait
        self._console.say(f"{child.program.name} ended ({child.exit_code}); it starts again in {wait:.1f} s")

    def _start(self, child: Child) -> None:
        child.start()
        self._console.listen_to(child)

    def _pause(self, seconds: float) -> None:
        self._console.pump(seconds)
        if self._stopping:
            raise Stopped

    def _ask_to_stop(self, *_: object) -> None:
        self._stopping = True
