"""Which embedded servers run, where and under whom: the note that other commands read to attach."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Self
from urllib.parse import quote

from keyvault.embedded.credentials import Credentials
from keyvault.embedded.roles import APP, DATABASE, GATEWAY, OWNER, SEALER
from keyvault.processes.ports import LOOPBACK, free_port
from keyvault.processes.private import write_private

READY = "ready"  # what a keeper says to the command that started it; anything else is why it could not


class Host(StrEnum):
    """Who keeps the servers: ``manage.py up``, or a keeper for as long as commands use them."""

    UP = "up"
    KEEPER = "keeper"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The servers that the environment does not name, so that ours must serve."""

    postgres: bool
    redis: bool

    @classmethod
    def by(cls, environment: Mapping[str, str]) -> Self:
        return cls(postgres=not names(environment, "DATABASE_URL"), redis=not names(environment, "REDIS_URL"))

    @property
    def any(self) -> bool:
        return self.postgres or self.redis


@dataclass(frozen=True, slots=True)
class Servers:
    """In ``<data folder>/servers.json`` while its lock is held. A port is None for a server that is not ours."""

    pid: int
    host: Host
    postgres: int | None
    redis: int | None
    ready: bool = False

    @classmethod
    def plan(cls, host: Host, wanted: Wanted) -> Self:
        return cls(
            pid=os.getpid(),
            host=host,
            postgres=free_port() if wanted.postgres else None,
            redis=free_port() if wanted.redis else None,
        )

    @classmethod
    def read(cls, var: Path) -> Self | None:
        try:
            note = json.loads((var / "servers.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return cls(**note | {"host": Host(note["host"])})

    def write(self, var: Path) -> None:
        write_private(var / "servers.json", json.dumps(asdict(self)))

    @staticmethod
    def forget(var: Path) -> None:
        (var / "servers.json").unlink(missing_ok=True)

    def now_ready(self) -> Self:
        return replace(self, ready=True)

    def serve(self, wanted: Wanted) -> bool:
        return (self.postgres is not None or not wanted.postgres) and (self.redis is not None or not wanted.redis)

    def only(self, wanted: Wanted) -> Self:
        """Without the servers that the environment names itself."""
        return replace(
            self,
            postgres=self.postgres if wanted.postgres else None,
            redis=self.redis if wanted.redis else None,
        )

    def addresses(self, credentials: Credentials) -> dict[str, str]:
        """The variables that name these servers."""
        named: dict[str, str] = {}
        if self.postgres is not None:
            named["DATABASE_URL"] = _postgres_url(APP, credentials.app, self.postgres)
            named["KEYVAULT_OWNER_DATABASE_URL"] = _postgres_url(OWNER, credentials.owner, self.postgres)
            named["KEYVAULT_SEALER_DATABASE_URL"] = _postgres_url(SEALER, credentials.sealer, self.postgres)
            named["KEYVAULT_GATEWAY_DATABASE_URL"] = _postgres_url(GATEWAY, credentials.gateway, self.postgres)
        if self.redis is not None:
            named["REDIS_URL"] = f"redis://:{quote(credentials.redis)}@{LOOPBACK}:{self.redis}/0"
        return named


def names(environment: Mapping[str, str], variable: str) -> bool:
    """Set itself, or by the file that holds it."""
    return bool(environment.get(variable) or environment.get(f"{variable}_FILE"))


def _postgres_url(role: str, password: str, port: int) -> str:
    return f"postgres://{role}:{quote(password)}@{LOOPBACK}:{port}/{DATABASE}"
