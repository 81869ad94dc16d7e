"""Where the web server refuses to listen: plain HTTP off loopback, half a certificate."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from keyvault.networks import is_loopback
from keyvault.processes.errors import CannotStart
from keyvault.web import server

CODE = Path(__file__).resolve().parents[2]


@pytest.fixture
def certificate(tmp_path: Path) -> dict[str, str]:
    for name in ("tls.crt", "tls.key"):
        (tmp_path / name).write_text("the server reads it when it starts\n")
    return {
        "KEYVAULT_TLS_CERTIFICATE": str(tmp_path / "tls.crt"),
        "KEYVAULT_TLS_KEY": str(tmp_path / "tls.key"),
    }


def set_all(settings: Settings, values: dict[str, str]) -> None:
    for name, value in values.items():
        setattr(settings, name, value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "keyvault.example"])
def test_plain_http_off_loopback_is_refused(settings: Settings, host: str) -> None:
    settings.KEYVAULT_WEB_HOST = host
    settings.KEYVAULT_TRUSTED_PROXIES = []
    with pytest.raises(CannotStart, match=r"plain HTTP on .* KEYVAULT_TRUSTED_PROXIES"):
        server()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_plain_http_on_loopback_is_fine(settings: Settings, host: str) -> None:
    settings.KEYVAULT_WEB_HOST = host
    settings.KEYVAULT_TRUSTED_PROXIES = []
    assert is_loopback(host)
    assert server().ssl_ctx[0] is False


def test_behind_a_named_proxy_plain_http_is_fine(settings: Settings) -> None:
    settings.KEYVAULT_WEB_HOST = "0.0.0.0"
    settings.KEYVAULT_TRUSTED_PROXIES = ["172.16.0.0/12"]
    assert server().ssl_ctx[0] is False


@pytest.mark.parametrize("missing", ["KEYVAULT_TLS_CERTIFICATE", "KEYVAULT_TLS_KEY"])
def test_half_a_certificate_is_refused(settings: Settings, certificate: dict[str, str], missing: str) -> None:
    set_all(settings, certificate | {missing: ""})
    with pytest.raises(CannotStart, match="set both, or neither"):
        server()


def test_a_certificate_that_cannot_be_read_is_named(settings: Settings, certificate: dict[str, str]) -> None:
    set_all(settings, certificate | {"KEYVAULT_TLS_KEY": "/nowhere/tls.key"})
    with pytest.raises(CannotStart, match=r"/nowhere/tls\.key cannot be read"):
        server()


@pytest.mark.django_db
def test_with_a_wrong_root_key_it_exits_with_the_fingerprints(tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.key"
    stranger.touch(0o600)
    stranger.write_text(base64.b64encode(bytes(range(32))).decode())
    run = subprocess.run(
        [sys.executable, "-m", "keyvault.web"],
        env=os.environ | {"KEYVAULT_ROOT_KEYS": f"raw:file:{stranger}"},
        cwd=CODE,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 1
    assert run.stderr.startswith("The web server cannot start: Root key fingerprint ")
    assert "is not one of those used by this database" in run.stderr
    assert "Traceback" not in run.stderr
