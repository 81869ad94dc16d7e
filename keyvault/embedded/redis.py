"""The embedded Redis: a loopback port and a password, nothing on disk but its configuration."""

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from keyvault.embedded.binaries import redis_binary
from keyvault.embedded.credentials import Credentials
from keyvault.processes.ports import LOOPBACK, answers
from keyvault.processes.private import make_private_folder, write_private
from keyvault.processes.program import Program
from keyvault.processes.strays import mark


@dataclass(frozen=True, slots=True)
class Redis:
    var: Path
    port: int
    credentials: Credentials

    def program(self) -> Program:
        folder = make_private_folder(self.var / "redis")
        # The password stands in a private file: arguments can be read by every user of the machine.
        configuration = self.var / "redis.conf"
        write_private(configuration, self._configuration(folder))
        return Program(
            name="redis",
            command=[redis_binary(), str(configuration)],
            environment={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", **mark(self.var)},
            ready=partial(answers, LOOPBACK, self.port),
        )

    def _configuration(self, folder: Path) -> str:
        quoted = str(folder).replace("\\", "\\\\").replace('"', '\\"')
        return (
            f'bind {LOOPBACK}\nport {self.port}\ndir "{quoted}"\nrequirepass {self.credentials.redis}\n'
            'daemonize no\nsave ""\nappendonly no\nmaxmemory-policy noeviction\nloglevel warning\n'
        )
