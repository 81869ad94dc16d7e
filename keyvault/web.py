"""The web server: ``python -m keyvault.web``. Granian, WSGI, address and size from the settings."""

import os
import sys
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from granian.constants import HTTPModes, Interfaces
from granian.server import Server
from granian.server.common import AbstractServer

from keyvault.networks import is_loopback
from keyvault.processes.errors import CannotStart
from keyvault.processes.linux import forbid_inspection

_BACKLOG = 1024
_LAST_REQUESTS = 10  # seconds that a worker gets to finish what it answers


def main() -> None:
    forbid_inspection()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyvault.settings")
    django.setup()
    try:
        _require_cover_inside()
        _require_keys()
        server().serve()
    except CannotStart as reason:
        sys.exit(f"The web server cannot start: {reason}")


def server() -> AbstractServer[Any]:
    """Raises CannotStart when tokens and values would cross a network in the clear."""
    certificate, key = _tls()
    if certificate is None:
        _require_cover()
    return Server(
        "keyvault.wsgi:application",
        address=settings.KEYVAULT_WEB_HOST,
        port=settings.KEYVAULT_WEB_PORT,
        interface=Interfaces.WSGI,
        http=HTTPModes.auto if certificate else HTTPModes.http1,
        websockets=False,
        workers=settings.KEYVAULT_WEB_WORKERS,
        blocking_threads=settings.KEYVAULT_WEB_THREADS,
        backlog=_BACKLOG,
        respawn_failed_workers=True,
        workers_kill_timeout=_LAST_REQUESTS,
        ssl_cert=certificate,
        ssl_key=key,
    )


def _require_cover_inside() -> None:
    from keyvault.start import require_cover

    require_cover()


def _require_keys() -> None:
    """Of both rings: a new organization's keys are wrapped for the gateway as well."""
    from keyvault.keyring.purposes import Ring
    from keyvault.start import require_key_ring

    require_key_ring(Ring.MAIN, Ring.GATEWAY)


def _tls() -> tuple[Path | None, Path | None]:
    named = (settings.KEYVAULT_TLS_CERTIFICATE, settings.KEYVAULT_TLS_KEY)
    if any(named) and not all(named):
        raise CannotStart("KEYVAULT_TLS_CERTIFICATE and KEYVAULT_TLS_KEY belong together: set both, or neither.")
    for path in filter(None, named):
        if not os.access(path, os.R_OK):
            raise CannotStart(f"{path} cannot be read.")
    return (Path(named[0]), Path(named[1])) if all(named) else (None, None)


def _require_cover() -> None:
    if not is_loopback(settings.KEYVAULT_WEB_HOST) and not settings.KEYVAULT_TRUSTED_PROXIES:
        raise CannotStart(
            f"plain HTTP on {settings.KEYVAULT_WEB_HOST} would show tokens and values to the network: set "
            "KEYVAULT_TLS_CERTIFICATE and KEYVAULT_TLS_KEY, or name the proxy that does in KEYVAULT_TRUSTED_PROXIES."
        )


if __name__ == "__main__":
    main()
