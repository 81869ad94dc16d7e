"""The order of a start: servers, migrations, keys, then the product."""

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from keyvault.embedded.credentials import Credentials, root_key_file
from keyvault.embedded.postgres import Postgres
from keyvault.embedded.redis import Redis
from keyvault.embedded.roles import make_roles_and_database
from keyvault.embedded.servers import Servers
from keyvault.processes.errors import CannotStart
from keyvault.processes.ports import is_taken
from keyvault.supervisor import programs
from keyvault.supervisor.console import Console
from keyvault.supervisor.supervisor import Stopped, Supervisor


@dataclass(frozen=True, slots=True)
class Site:
    """Where this installation keeps its files and where it is found."""

    var: Path
    host: str
    port: int
    gateway_host: str
    gateway_port: int
    url: str
    gateway_url: str


def up(site: Site) -> None:
    """Runs until it is asked to stop. Raises CannotStart."""
    servers, credentials = _planned(site.var)
    _require_free(site.host, site.port, "KEYVAULT_WEB_PORT")
    _require_free(site.gateway_host, site.gateway_port, "KEYVAULT_GATEWAY_PORT")
    console, began = Console(), time.monotonic()
    with suppress(Stopped), Supervisor(console) as supervisor:
        _start_servers(supervisor, site.var, servers, credentials)
        _prepare(supervisor, site.var)
        _start_product(supervisor, site)
        servers.now_ready().write(site.var)
        _greet(console, site, time.monotonic() - began)
        supervisor.watch()


def _require_free(host: str, port: int, variable: str) -> None:
    if is_taken(host, port):
        raise CannotStart(f"port {port} on {host} is taken by another program: end it, or set {variable}.")


def _planned(var: Path) -> tuple[Servers, Credentials]:
    """`manage.py` has planned the servers and holds the lock before Django reads its settings."""
    servers, credentials = Servers.read(var), Credentials.read(var)
    if servers is None or credentials is None or servers.pid != os.getpid():
        raise CannotStart("start it as: python manage.py up")
    return servers, credentials


def _start_servers(supervisor: Supervisor, var: Path, servers: Servers, credentials: Credentials) -> None:
    if servers.postgres is not None:
        postgres = Postgres(var, servers.postgres, credentials)
        supervisor.start(postgres.program())
        make_roles_and_database(postgres)
    if servers.redis is not None:
        supervisor.start(Redis(var, servers.redis, credentials).program())


def _prepare(supervisor: Supervisor, var: Path) -> None:
    supervisor.run(programs.migrate(var))
    supervisor.run(programs.init_keys(var), on_terminal=True)


def _start_product(supervisor: Supervisor, site: Site) -> None:
    supervisor.start(programs.web(site.var, site.host, site.port))
    supervisor.start(programs.worker(site.var))
    supervisor.start(programs.beat(site.var))
    supervisor.start(programs.sealer(site.var))
    supervisor.start(programs.gateway(site.var, site.gateway_host, site.gateway_port))


def _greet(console: Console, site: Site, seconds: float) -> None:
    root = root_key_file(site.var, "KEYVAULT_ROOT_KEYS")
    if root.exists():
        console.say(
            f"the root key lies in {root}: without it no stored value opens; keep a copy apart from the database"
        )
    console.say(f"SDKs are given {site.gateway_url}/<provider>/… as their base address")
    console.say(f"ready at {site.url} after {seconds:.1f} s; Ctrl-C stops everything")
