"""Speaking to the database as its owner, for migrations, or as the sealer; everything else runs as the app role."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import environ
from django.conf import settings
from django.db import connection

_ACCOUNT = ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")


@contextmanager
def database_owner() -> Iterator[None]:
    """Inside, the default connection is the owner's. Without KEYVAULT_OWNER_DATABASE_URL nothing changes."""
    with _as_named(settings.OWNER_DATABASE_URL):
        yield


@contextmanager
def database_sealer() -> Iterator[None]:
    """Inside, the default connection is the sealer's. Without KEYVAULT_SEALER_DATABASE_URL nothing changes."""
    with _as_named(settings.SEALER_DATABASE_URL):
        yield


@contextmanager
def _as_named(url: str) -> Iterator[None]:
    app = {key: connection.settings_dict[key] for key in _ACCOUNT}
    _become(_account(url) or app)
    try:
        yield
    finally:
        _become(app)


def _account(url: str) -> dict[str, Any]:
    """The address says by itself how the server is verified; what is ours in the options stays."""
    if not url:
        return {}
    named = environ.Env.db_url_config(url)
    ours = {key: value for key, value in connection.settings_dict["OPTIONS"].items() if not key.startswith("ssl")}
    return {**{key: named[key] for key in _ACCOUNT if key in named}, "OPTIONS": {**ours, **named.get("OPTIONS", {})}}


def _become(account: dict[str, Any]) -> None:
    connection.close()
    connection.settings_dict.update(account)
