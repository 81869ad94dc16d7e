"""Codes of authenticator apps: TOTP of RFC 6238 with SHA-1, 6 digits and steps of 30 seconds."""

import hmac
import re
import secrets
import time
from base64 import b32decode, b32encode
from urllib.parse import quote, urlencode

import segno
from django_otp.oath import hotp

STEP = 30  # seconds
DIGITS = 6

_KEY_BYTES = 20  # RFC 4226 §4 R6
_DRIFT = 1  # steps to either side, for clocks that go wrong
_CODE = re.compile(r"\d{6}", re.ASCII)


def new_key() -> str:
    """Base32, as apps take it typed."""
    return b32encode(secrets.token_bytes(_KEY_BYTES)).decode()


def matching_counter(key: str, code: str, *, after: int) -> int | None:
    """The time step that ``code`` is of, if it is a current one later than ``after``; all candidates are compared."""
    if not _CODE.fullmatch(code):
        return None
    now = int(time.time()) // STEP
    found = None
    for counter in range(now - _DRIFT, now + _DRIFT + 1):
        expected = code_at(key, counter)
        if hmac.compare_digest(expected, code) and counter > after and found is None:
            found = counter
    return found


def code_at(key: str, counter: int) -> str:
    return f"{hotp(b32decode(key), counter, DIGITS):0{DIGITS}}"


def setup_address(key: str, *, account: str, issuer: str) -> str:
    """The ``otpauth:`` address that apps read from a QR code (Key Uri Format of google-authenticator)."""
    return f"otpauth://totp/{quote(f'{issuer}:{account}')}?{urlencode({'secret': key, 'issuer': issuer})}"


def qr_svg(address: str) -> str:
    """Inline SVG without styles or scripts, dark on light whatever the page's theme; the page gives it its size."""
    code = segno.make(address, error="m", micro=False)
    return str(code.svg_inline(border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=True))
