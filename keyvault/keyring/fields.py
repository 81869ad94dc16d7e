"""A model field for configuration secrets: sealed when it is assigned, opened only by ``reveal()``, shown nowhere."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from keyvault.keyring import ring
from keyvault.keyring.envelope import FieldContext

# Generic for the type checker only. What is read is a Sealed, or None where the field is nullable: hence Any.
if TYPE_CHECKING:
    _BinaryField = models.BinaryField["str | Sealed | None", Any]
else:
    _BinaryField = models.BinaryField

_HIDDEN = "<sealed>"


class Sealed:
    """The text of one column of one row, still in its envelope. Prints, formats and serializes as ``<sealed>``."""

    __slots__ = ("_context", "_envelope")

    def __init__(self, context: FieldContext, envelope: bytes) -> None:
        self._context = context
        self._envelope = envelope

    def reveal(self) -> str:
        """The text. Raises CannotOpen when the envelope was altered or brought here from elsewhere."""
        return ring.open_value(self._context, self._envelope).decode()

    def __repr__(self) -> str:
        return _HIDDEN


class _SealedAttribute(DeferredAttribute):
    """Seals at assignment, so that a model instance never holds the text."""

    field: "SealedTextField"

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        if instance is None:
            return self
        envelope = super().__get__(instance, cls)
        return None if envelope is None else Sealed(self._context(instance), bytes(envelope))

    def __set__(self, instance: models.Model, value: object) -> None:
        instance.__dict__[self.field.attname] = self._stored(instance, value)

    def _stored(self, instance: models.Model, value: object) -> object:
        match value:
            case str():
                return ring.seal_value(self._context(instance), value.encode())
            case Sealed():
                return value._envelope
            case bytes() | memoryview():
                return bytes(value)
        return value  # None, or an expression of Django's own

    def _context(self, instance: models.Model) -> FieldContext:
        if not isinstance(instance.pk, UUID):
            raise TypeError(f"{self.field} is bound to its row: the row needs a UUID primary key, declared before it")
        return FieldContext(instance._meta.db_table, self.field.column, instance.pk)


class SealedTextField(_BinaryField):
    """Text sealed under the instance's ``config`` key, bound to table, column and row id.

    Assign a ``str``; read a :class:`Sealed` and call ``reveal()``. It cannot be filtered by, edited in a form or
    dumped as a fixture.

    NOTE: renaming the table or the column, or changing a row's id, makes stored values unreadable.
    """

    descriptor_class = _SealedAttribute

    if TYPE_CHECKING:
        column: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "serialize": False, "editable": False})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("serialize", None)
        return name, path, args, kwargs

    def get_prep_value(self, value: object) -> bytes | None:
        if isinstance(value, str):
            raise TypeError(f"{self} is sealed for one row: assign it to an instance and save that")
        return value._envelope if isinstance(value, Sealed) else super().get_prep_value(value)

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def value_to_string(self, obj: models.Model) -> str:
        return _HIDDEN
