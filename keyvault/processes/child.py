"""One running program: started in a session of its own, bound to our life, ended to the last of its processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO

from keyvault.processes.errors import CannotStart
from keyvault.processes.linux import die_with_parent
from keyvault.processes.program import Program

Pause = Callable[[float], None]


class Child:
    """Start it from the main thread only: the kernel's death signal follows the thread that forked."""

    def __init__(self, program: Program, output: IO[bytes] | int = subprocess.PIPE):
        self.program = program
        self.started_at = 0.0
        self._output = output
        self._process: subprocess.Popen[bytes] | None = None
        self._is_swept = True

    def start(self) -> None:
        account = self.program.account
        self.started_at = time.monotonic()
        self._process = subprocess.Popen(
            list(self.program.command),
            env=dict(self.program.environment),
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=account.uid,
            group=account.gid,
            extra_groups=None if account.gid is None else [],
            preexec_fn=_before_exec(self.program),  # noqa: PLW1509  only here can a child ask to die with us
        )
        self._is_swept = False

    def wait_until_ready(self, pause: Pause = time.sleep, *, within: float = 30.0) -> None:
        """Raises CannotStart when the program ends first or takes longer than ``within`` seconds."""
        deadline = time.monotonic() + within
        while not self.program.ready():
            if not self.alive:
                raise CannotStart(f"{self.program.name} ended while starting; its last lines say why.")
            if time.monotonic() > deadline:
                raise CannotStart(f"{self.program.name} was not ready within {within:.0f} seconds.")
            pause(0.02)

    @property
    def alive(self) -> bool:
        """Whoever sees it dead has also taken what it left behind."""
        if self._process is not None and self._process.poll() is None:
            return True
        self._sweep()
        return False

    @property
    def pid(self) -> int:
        assert self._process is not None  # noqa: S101  asked only of a started child
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        return None if self._process is None else self._process.poll()

    @property
    def output(self) -> IO[bytes] | None:
        return None if self._process is None else self._process.stdout

    def stop(self, pause: Pause = time.sleep) -> None:
        if self._process is None:
            return
        self._ask_to_end(pause)
        self._sweep()
        self._process.wait()

    def _ask_to_end(self, pause: Pause) -> None:
        if not self.alive:
            return
        os.kill(self.pid, self.program.stop)
        deadline = time.monotonic() + self.program.grace
        while self.alive and time.monotonic() < deadline:
            pause(0.02)

    def _sweep(self) -> None:
        """A dead leader may leave workers in its session, which would go on serving old code on its port.

        Once, and at once: later its number may be another program's.
        """
        if not self._is_swept:
            self._is_swept = True
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)


def _before_exec(program: Program) -> Callable[[], None]:
    parent = os.getpid()

    def prepare() -> None:
        if program.account.enter is not None:
            program.account.enter()
        if sys.platform == "linux":
            # Last: a change of credentials clears the death signal.
            die_with_parent(program.death, parent)

    return prepare
