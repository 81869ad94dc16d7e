"""Where the feed reaches PostgreSQL: by ``KEYVAULT_LISTEN_URL``, or as Django does."""

from typing import Any

import psycopg
from django.conf import settings
from django.db import connection as django_connection

from gateway.state.loading import Connection

# A connection that is gone without a word is found out within the lease's time.
_ALIVE: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "tcp_user_timeout": 4000,
}


def connect() -> Connection:
    """Raises psycopg.Error."""
    if settings.KEYVAULT_LISTEN_URL:
        return psycopg.connect(settings.KEYVAULT_LISTEN_URL, autocommit=True, **_ALIVE)
    return psycopg.connect(autocommit=True, **(_as_django() | _ALIVE))


def _as_django() -> dict[str, Any]:
    named = django_connection.settings_dict
    tls = {key: value for key, value in named["OPTIONS"].items() if key.startswith("ssl")}
    account = {"dbname": named["NAME"], "user": named["USER"], "password": named["PASSWORD"]}
    return {**account, "host": named["HOST"], "port": named["PORT"], "application_name": "keyvault-gateway", **tls}
