"""Root keys of the tests' own, and processes that hold some of them."""

import base64
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

from django.test import override_settings

from audit.models import Event
from keyvault.actor import system
from keyvault.keyring import ring
from keyvault.keyring.envelope import ValueContext
from keyvault.keyring.purposes import Purpose

ACTOR = system("keys")
CODE = Path(__file__).resolve().parent.parent.parent


def new_root() -> str:
    """The spec of a fresh root in a file that lasts as long as the test run."""
    folder = Path(tempfile.mkdtemp(prefix="root-", dir=os.environ["KEYVAULT_DATA_DIR"]))
    path = folder / "root.key"
    path.touch(0o600)
    path.write_text(base64.b64encode(os.urandom(32)).decode())
    return f"raw:file:{path}"


def given_root(variable: str = "KEYVAULT_ROOT_KEYS") -> str:
    """The one that the test database began with."""
    return os.environ[variable]


def given_gateway_root() -> str:
    return given_root("KEYVAULT_GATEWAY_ROOT_KEYS")


@contextmanager
def holding(*main: str, gateway: Sequence[str] | None = None) -> Iterator[None]:
    """As a process started with these roots; the gateway's stay as they are unless named."""
    gateway = [given_gateway_root()] if gateway is None else gateway
    with override_settings(KEYVAULT_ROOT_KEYS=list(main), KEYVAULT_GATEWAY_ROOT_KEYS=list(gateway)):
        ring.forget()
        try:
            yield
        finally:
            ring.forget()


def manage(*arguments: str, main: Sequence[str] = (), gateway: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """A real process with these roots, in the database of the test; a TransactionTestCase's, where it can see rows."""
    return subprocess.run(
        command(*arguments), env=environment(main, gateway), capture_output=True, text=True, check=False, timeout=120
    )


def command(*arguments: str) -> list[str]:
    return [sys.executable, str(CODE / "manage.py"), *arguments]


def environment(main: Sequence[str], gateway: Sequence[str] = ()) -> dict[str, str]:
    """Empty lists are passed on as such: a name without roots, instead of the ones in the data folder."""
    roots = {"KEYVAULT_ROOT_KEYS": ",".join(main), "KEYVAULT_GATEWAY_ROOT_KEYS": ",".join(gateway)}
    return {**os.environ, **roots}


def place(org_id: UUID, purpose: Purpose = Purpose.VALUE, **changes: object) -> ValueContext:
    facts = {"project": uuid4(), "environment": uuid4(), "secret": uuid4(), "version": 1, **changes}
    return ValueContext(purpose=purpose, org=org_id, **facts)  # type: ignore[arg-type]


def new_organization() -> UUID:
    org_id = uuid4()
    ring.create_organization_keys(org_id)
    return org_id


def events(action: str) -> list[Event]:
    return list(Event.objects.filter(action=action).order_by("id"))
