"""A value on its way in or out: text, fields or binary, as exact bytes."""

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from keyvault.errors import CannotOpen
from keyvault.secrets.models import ValueType
from orgs.names import invalid

LIMIT = 65_536  # bytes
_FIELD_LIMIT = 128  # characters of a field's name


@dataclass(frozen=True, slots=True)
class Value:
    """``data`` is what is sealed: the bytes of a text or binary value; fields as JSON with sorted names."""

    type: ValueType
    data: bytes = field(repr=False)

    @classmethod
    def text(cls, text: str) -> Self:
        try:
            return cls._sized(ValueType.TEXT, text.encode())
        except UnicodeEncodeError:
            raise invalid("value", "The text is not valid Unicode.") from None

    @classmethod
    def binary(cls, data: bytes) -> Self:
        return cls._sized(ValueType.BINARY, data)

    @classmethod
    def base64(cls, text: str) -> Self:
        try:
            return cls.binary(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError):
            raise invalid("value_base64", "This is not base64 (RFC 4648 §4).") from None

    @classmethod
    def fields(cls, parts: Mapping[str, str]) -> Self:
        if not parts:
            raise invalid("fields", "At least one field is needed.")
        for name in parts:
            if not name or len(name) > _FIELD_LIMIT or not name.isprintable():
                raise invalid("fields", f"A field's name has 1 to {_FIELD_LIMIT} printing characters.")
        return cls._sized(ValueType.FIELDS, _canonical(parts))

    @classmethod
    def of_bytes(cls, data: bytes) -> Self:
        """Text where the bytes are UTF-8 without NUL, else binary: for values that come without a type."""
        try:
            data.decode()
        except UnicodeDecodeError:
            return cls.binary(data)
        return cls._sized(ValueType.BINARY if b"\0" in data else ValueType.TEXT, data)

    def same_as(self, other: "Value") -> bool:
        """Of one type and equal to the byte, compared in constant time."""
        return self.type is other.type and hmac.compare_digest(self.data, other.data)

    @property
    def parts(self) -> dict[str, str]:
        """The fields; the value itself under the empty name where there are none."""
        if self.type is not ValueType.FIELDS:
            return {"": self.data.decode(errors="surrogateescape")}
        parts: dict[str, str] = json.loads(self.data)
        return parts

    @property
    def is_text(self) -> bool:
        return self.type is not ValueType.BINARY

    @classmethod
    def _sized(cls, type_: ValueType, data: bytes) -> Self:
        if len(data) > LIMIT:
            raise invalid("value", f"A value has at most {LIMIT:,} bytes; this one has {len(data):,}.")
        return cls(type_, data)


def restored(type_: str, data: bytes) -> Value:
    """A value that was stored. Raises CannotOpen for a type that no version of ours has written."""
    if type_ not in ValueType.values:
        raise CannotOpen
    return Value(ValueType(type_), data)


def _canonical(parts: Mapping[str, str]) -> bytes:
    try:
        return json.dumps(dict(parts), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise invalid("fields", "A field is not valid Unicode.") from None
