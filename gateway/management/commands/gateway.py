"""``manage.py gateway``: serves SDKs on a port of its own, with its own database role and root key."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gateway import workers
from gateway.main import UPSTREAMS
from keyvault.keyring.purposes import Ring
from keyvault.networks import is_loopback
from keyvault.processes.errors import CannotStart
from keyvault.processes.linux import forbid_inspection
from keyvault.start import require_cover, require_key_ring


class Command(BaseCommand):
    help = "Serve the gateway on KEYVAULT_GATEWAY_HOST and KEYVAULT_GATEWAY_PORT until Ctrl-C."
    requires_system_checks = []  # of web pages and mails, which are none of its business

    def handle(self, *args: Any, **options: Any) -> None:
        forbid_inspection()
        try:
            _require_own_root_alone()
            _require_client()
            require_cover()
            tls = _tls()
            require_key_ring(Ring.GATEWAY)
        except CannotStart as reason:
            raise CommandError(f"The gateway cannot start: {reason}") from None
        host, port = settings.KEYVAULT_GATEWAY_HOST, settings.KEYVAULT_GATEWAY_PORT
        workers.run(settings.KEYVAULT_GATEWAY_WORKERS, host=host, port=port, **tls)


def _require_own_root_alone() -> None:
    if settings.KEYVAULT_ROOT_KEYS:
        raise CannotStart(
            "KEYVAULT_ROOT_KEYS is set in its environment, and it must not be able to open what those open: "
            "give it KEYVAULT_GATEWAY_ROOT_KEYS alone."
        )


def _require_client() -> None:
    if settings.KEYVAULT_GATEWAY_CLIENT not in UPSTREAMS:
        raise CannotStart(f"KEYVAULT_GATEWAY_CLIENT is one of {', '.join(UPSTREAMS)}.")


def _tls() -> dict[str, str]:
    """The web server's certificate. Without one: loopback, or a proxy that has one."""
    certificate, key = settings.KEYVAULT_TLS_CERTIFICATE, settings.KEYVAULT_TLS_KEY
    if certificate and key:
        return {"ssl_certfile": certificate, "ssl_keyfile": key}
    if not is_loopback(settings.KEYVAULT_GATEWAY_HOST) and not settings.KEYVAULT_TRUSTED_PROXIES:
        raise CannotStart(
            f"plain HTTP on {settings.KEYVAULT_GATEWAY_HOST} would show tokens to the network: set "
            "KEYVAULT_TLS_CERTIFICATE and KEYVAULT_TLS_KEY, or name the proxy that does in KEYVAULT_TRUSTED_PROXIES."
        )
    return {}
