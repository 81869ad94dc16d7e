"""Off loopback PostgreSQL and Redis are asked over verified TLS, or not at all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import override_settings

from keyvault.backends import check_backends, in_the_clear
from keyvault.processes.errors import CannotStart
from keyvault.start import require_cover

pytestmark = pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")

CODE = Path(__file__).resolve().parents[2]


def database(server: str, **options: str) -> dict[str, dict[str, object]]:
    return {"default": {"ENGINE": "django.db.backends.postgresql", "HOST": server, "OPTIONS": options}}


def complaints(**changed: object) -> list[str]:
    with override_settings(**{"KEYVAULT_ALLOW_PLAINTEXT_BACKENDS": False, "OWNER_DATABASE_URL": "", **changed}):
        return [sentence.split()[0] for sentence in in_the_clear()]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "", "/run/postgresql", "/run/a,127.0.0.1"])
def test_what_crosses_no_network_needs_no_tls(host: str) -> None:
    assert complaints(DATABASES=database(host)) == []


@pytest.mark.parametrize("host", ["db.example.com", "10.0.0.5", "postgres", "127.0.0.1,db.example.com", "2001:db8::1"])
def test_a_database_off_the_machine_is_verified_by_name(host: str) -> None:
    assert complaints(DATABASES=database(host, sslmode="verify-full")) == []
    for mode in ("require", "verify-ca", "prefer", "disable", "allow"):
        assert complaints(DATABASES=database(host, sslmode=mode)) == ["DATABASE_URL"]
    assert complaints(DATABASES=database(host)) == ["DATABASE_URL"]


def test_a_host_among_the_options_counts() -> None:
    assert complaints(DATABASES=database("127.0.0.1", hostaddr="10.0.0.5")) == ["DATABASE_URL"]
    assert complaints(DATABASES=database("", host="/run/postgresql")) == []


def test_the_owners_address_is_no_exception() -> None:
    owner = "postgres://owner:x@db.example.com/keyvault"
    assert complaints(OWNER_DATABASE_URL=owner) == ["KEYVAULT_OWNER_DATABASE_URL"]
    assert complaints(OWNER_DATABASE_URL=f"{owner}?sslmode=verify-full") == []


@pytest.mark.parametrize(
    "url", ["redis://:x@127.0.0.1:6379/0", "redis://localhost", "redis://[::1]/0", "unix:///run/redis.sock", "rediss://r.example.com"]
)  # fmt: skip
def test_a_redis_that_is_near_or_verified_will_do(url: str) -> None:
    assert complaints(REDIS_URL=url) == []


@pytest.mark.parametrize(
    "url",
    [
        "redis://r.example.com:6379/0",
        "redis://10.0.0.5/0",
        "rediss://r.example.com/0?ssl_cert_reqs=none",
        "rediss://r.example.com/0?ssl_cert_reqs=optional",
        "rediss://r.example.com/0?ssl_check_hostname=false",
    ],
)
def test_any_other_redis_is_refused(url: str) -> None:
    assert complaints(REDIS_URL=url) == ["REDIS_URL"]


def test_an_operator_can_say_that_nobody_else_is_on_the_network() -> None:
    assert complaints(DATABASES=database("postgres"), KEYVAULT_ALLOW_PLAINTEXT_BACKENDS=True) == []


@override_settings(REDIS_URL="redis://r.example.com", KEYVAULT_ALLOW_PLAINTEXT_BACKENDS=False)
def test_it_is_an_error_of_the_check_and_of_the_start() -> None:
    [error] = check_backends(None)
    assert error.id == "keyvault.E001"
    assert error.is_serious()
    with pytest.raises(CannotStart, match="REDIS_URL names a server off this machine"):
        require_cover()


def test_the_settings_keep_what_the_addresses_say_of_tls() -> None:
    """In a process of its own, which reads them from its environment."""
    script = (
        "from django.conf import settings as s; o = s.DATABASES['default']['OPTIONS']; "
        "from celery import Celery; app = Celery(); "
        "app.config_from_object('django.conf:settings', namespace='CELERY'); "
        "c = app.connection_for_write().ssl; "
        "print(o['sslmode'], o['sslrootcert'], o['connect_timeout'], c['ssl_cert_reqs'], c['ssl_check_hostname'])"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "keyvault.settings",
        "KEYVAULT_SECRET_KEY": "x",
        "DATABASE_URL": "postgres://u:p@db.example.com/k?sslmode=verify-full&sslrootcert=system",
        "REDIS_URL": "rediss://:p@r.example.com/0",
    }
    said = subprocess.run(
        [sys.executable, "-c", script], cwd=CODE, env=environment, capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == ["verify-full", "system", "5", "required", "True"]
