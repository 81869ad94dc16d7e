"""KeyVault's tokens for detect-secrets: ``detect-secrets scan -p docs/scanners/detect_secrets_keyvault.py``.

Looks at the checksum as well, so it reports no string that only resembles a token. Stands alone: copy it anywhere.
"""

import re
import zlib
from collections.abc import Iterator

from detect_secrets.plugins.base import RegexBasedDetector

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class KeyVaultToken(RegexBasedDetector):
    """Of a person, a service or a CI job: it reads values."""

    secret_type = "KeyVault Token"  # noqa: S105 - the name of a type
    denylist = (re.compile(r"\bkv[psc]_(?:dev|stg|prd|any)_[0-9A-Za-z]{36}\b", re.ASCII),)

    def analyze_string(self, string: str) -> Iterator[str]:
        return (found for found in super().analyze_string(string) if has_checksum(found))


class KeyVaultTeamToken(KeyVaultToken):
    """Information: it may be committed, reads no value and works only at the gateway."""

    secret_type = "KeyVault Team Token (informational)"  # noqa: S105
    denylist = (re.compile(r"\bkvt_(?:dev|stg|prd|any)_[0-9A-Za-z]{36}\b", re.ASCII),)


class KeyVaultScimToken(KeyVaultToken):
    """Of an organization's directory: it adds and removes members."""

    secret_type = "KeyVault SCIM Token"  # noqa: S105
    denylist = (re.compile(r"\bkvscim_[0-9A-Za-z]{36}\b", re.ASCII),)


def has_checksum(token: str) -> bool:
    """The last six characters are the CRC-32 of those before them, in base62."""
    number, digits = zlib.crc32(token[:-6].encode()), ""
    for _ in range(6):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return token.endswith(digits)
