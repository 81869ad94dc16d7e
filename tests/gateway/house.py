"""The gateway as it runs: `manage.py gateway` on a free port, with its own role and root, before a far side of ours."""

import http.client
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.models import Worker
from keyvault.processes.child import Child
from keyvault.processes.ports import answers, free_port
from keyvault.processes.program import Program
from tests.gateway.proxy.far_side import FarSide
from tests.gateway.proxy.stage import Heard

CODE = Path(__file__).resolve().parents[2]
PATIENCE = 20.0  # seconds
_NEEDED = ("PATH", "HOME", "LANG", "VIRTUAL_ENV", "COVERAGE_PROCESS_START")


@dataclass
class House:
    """``port`` is the gateway's, ``log`` the file that it writes to."""

    far_side: FarSide
    port: int
    child: Child
    log: Path

    @property
    def upstream(self) -> str:
        return f"http://127.0.0.1:{self.far_side.port}"

    @property
    def said(self) -> str:
        return self.log.read_text()

    def ask(self, path: str, token: str, *, method: str = "POST", body: bytes = b"{}", **headers: str) -> Heard:
        lines = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, body=body, headers={"authorization": f"Bearer {token}", **lines})
        response = connection.getresponse()
        heard = Heard(
            response.status, [(name.lower(), value) for name, value in response.getheaders()], response.read()
        )
        connection.close()
        return heard

    def probe(self, path: str) -> int:
        return self.ask(path, "", method="GET", body=b"").status


def environment_of_gateway(port: int, **more: str) -> dict[str, str]:
    """Nothing but what docker-compose.yml gives it."""
    seen = {name: os.environ[name] for name in _NEEDED if name in os.environ}
    for name in ("KEYVAULT_GATEWAY_DATABASE_URL", "KEYVAULT_GATEWAY_ROOT_KEYS"):
        seen[name] = os.environ[name]
    return {
        **seen,
        "KEYVAULT_GATEWAY_PORT": str(port),
        "KEYVAULT_GATEWAY_JOURNAL": str(Path(os.environ["KEYVAULT_DATA_DIR"]) / "journal"),
        "KEYVAULT_GATEWAY_JOURNAL_IN_MEMORY": "true",
        "KEYVAULT_EGRESS_ALLOW": "gateway@127.0.0.1=127.0.0.0/8",
        "PYTHONUNBUFFERED": "1",
        **more,
    }


@contextmanager
def open_house(*, workers: int = 1, **more: str) -> Iterator[House]:
    port = free_port()
    environment = environment_of_gateway(port, KEYVAULT_GATEWAY_WORKERS=str(workers), **more)
    log = Path(os.environ["KEYVAULT_DATA_DIR"]) / f"gateway-{port}.log"
    command = [sys.executable, str(CODE / "manage.py"), "gateway"]
    program = Program("gateway", command, environment, ready=lambda: _is_ready(port, workers))
    with FarSide() as far_side, log.open("wb") as output:
        child = Child(program, output)
        child.start()
        try:
            child.wait_until_ready(within=PATIENCE)
            yield House(far_side, port, child, log)
        finally:
            child.stop()


def _is_ready(port: int, workers: int) -> bool:
    return answers("127.0.0.1", port) and Worker.objects.exclude(seen=None).count() >= workers


def until(held: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Waits until it holds; an assertion where it does not in time. Fewer than 60 tries: the gateway counts them."""
    end, pause = time.monotonic() + seconds, 0.01
    while not held():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(pause)
        pause = min(pause * 1.5, 0.5)
