"""The alphabet of everything we mint, and the checksum that turns typing errors away. Pure."""

import secrets
import zlib

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHECKSUM = 6  # characters


def random_text(length: int) -> str:
    """5.95 bits a character."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def checksum(body: str) -> str:
    """Six base62 digits of the CRC-32 of ``body``, which is ASCII."""
    number, digits = zlib.crc32(body.encode("ascii")), ""
    for _ in range(CHECKSUM):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits
