"""The web server with a certificate of its own: a client that checks it is answered, plain HTTP is not."""

import datetime as dt
import http.client
import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.ops.installation import Installation, wait_until

pytestmark = pytest.mark.slow


def write_certificate(installation: Installation) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (installation.folder / "tls.crt").write_bytes(certificate.public_bytes(pem))
    (installation.folder / "tls.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    installation.settings = {
        "KEYVAULT_TLS_CERTIFICATE": str(installation.folder / "tls.crt"),
        "KEYVAULT_TLS_KEY": str(installation.folder / "tls.key"),
        "KEYVAULT_URL": f"https://127.0.0.1:{installation.port}",
    }


def ask(installation: Installation) -> http.client.HTTPResponse:
    context = ssl.create_default_context(cafile=str(installation.folder / "tls.crt"))
    connection = http.client.HTTPSConnection("127.0.0.1", installation.port, context=context, timeout=10)
    connection.request("GET", "/healthz")
    return connection.getresponse()


def answers(installation: Installation) -> bool:
    try:
        return ask(installation).status == 200
    except OSError:
        return False


def test_a_checking_client_is_answered_and_told_to_stay_with_tls_and_plain_http_is_not(
    installation: Installation,
) -> None:
    write_certificate(installation)
    installation.begin("up")
    wait_until(lambda: answers(installation), within=90)

    answer = ask(installation)
    assert answer.status == 200
    assert "max-age=31536000" in (answer.getheader("Strict-Transport-Security") or "")

    plain = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=10)
    plain.request("GET", "/healthz")
    with pytest.raises((http.client.HTTPException, OSError)):
        plain.getresponse()
