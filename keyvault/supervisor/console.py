"""What the children say, line by line, each under its name."""

import os
import selectors
import sys
from typing import IO

from keyvault.processes.child import Child

_WIDTH = 8
_CHUNK = 65536


class Console:
    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._unfinished: dict[str, bytes] = {}

    def say(self, sentence: str, *, name: str = "keyvault") -> None:
        sys.stdout.write(f"{name:>{_WIDTH}} | {sentence}\n")
        sys.stdout.flush()

    def listen_to(self, child: Child) -> None:
        if child.output is not None:
            os.set_blocking(child.output.fileno(), False)
            self._selector.register(child.output, selectors.EVENT_READ, (child.program.name, child.output))

    def pump(self, seconds: float) -> None:
        """Waits and prints. Whoever waits for a child must wait here, or the child blocks on a full pipe."""
        for key, _ in self._selector.select(seconds):
            name, output = key.data
            self._print(name, output.read(_CHUNK), output)

    def _print(self, name: str, read: bytes | None, output: IO[bytes]) -> None:
        if read is None:
            return
        if not read:
            self._selector.unregister(output)
            output.close()
        *lines, rest = (self._unfinished.pop(name, b"") + read).split(b"\n")
        if rest and read:
            self._unfinished[name] = rest
        elif rest:
            lines.append(rest)
        for line in lines:
            self.say(line.decode(errors="replace"), name=name)
