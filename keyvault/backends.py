"""Whether what KeyVault tells PostgreSQL and Redis crosses a network readable, or to a server that nobody verified.

Tokens' digests, sealed values and sessions go there, and what comes back is believed. Loopback and Unix sockets cross
no network; anything else is TLS with the server's name checked, unless KEYVAULT_ALLOW_PLAINTEXT_BACKENDS says that
nobody else is on that network.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import environ
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from keyvault.networks import is_loopback

_OPT_OUT = "KEYVAULT_ALLOW_PLAINTEXT_BACKENDS"


def in_the_clear() -> list[str]:
    """A sentence for each address whose server is not verified."""
    if settings.KEYVAULT_ALLOW_PLAINTEXT_BACKENDS:
        return []
    found = []
    if not _is_covered_database(settings.DATABASES["default"]):
        found.append(_sentence("DATABASE_URL", "sslmode=verify-full"))
    for variable, url in _other_databases():
        if url and not _is_covered_database(environ.Env.db_url_config(url)):
            found.append(_sentence(variable, "sslmode=verify-full"))
    if not _is_covered_redis(settings.REDIS_URL):
        found.append(_sentence("REDIS_URL", "rediss://, without ssl_cert_reqs or ssl_check_hostname"))
    return found


@register(Tags.security)
def check_backends(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    hint = f"Set {_OPT_OUT}=true only where nobody else is on that network."
    return [Error(sentence, hint=hint, id="keyvault.E001") for sentence in in_the_clear()]


def _other_databases() -> Sequence[tuple[str, str]]:
    return (
        ("KEYVAULT_OWNER_DATABASE_URL", settings.OWNER_DATABASE_URL),
        ("KEYVAULT_GATEWAY_DATABASE_URL", settings.GATEWAY_DATABASE_URL),
        ("KEYVAULT_LISTEN_URL", settings.KEYVAULT_LISTEN_URL),
    )


def _is_covered_database(named: Mapping[str, Any]) -> bool:
    """libpq takes several hosts, separated by commas; options of the address win over its host."""
    options = named.get("OPTIONS", {})
    hosts = str(options.get("hostaddr") or options.get("host") or named.get("HOST") or "")
    inside = all(not host or host.startswith(("/", "@")) or is_loopback(host) for host in hosts.split(","))
    return inside or options.get("sslmode") == "verify-full"


def _is_covered_redis(url: str) -> bool:
    parts = urlsplit(url)
    if is_loopback(parts.hostname or "localhost"):  # a Unix socket has no host
        return True
    asked = parse_qs(parts.query)
    verified = asked.get("ssl_cert_reqs", ["required"]) == ["required"] and "ssl_check_hostname" not in asked
    return parts.scheme == "rediss" and verified


def _sentence(variable: str, wanted: str) -> str:
    return f"{variable} names a server off this machine without verified TLS ({wanted})."
