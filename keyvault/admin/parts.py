"""What pages of the admin are made of; templates show it and compute nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.safestring import SafeString
from django.utils.text import slugify

Cell = SafeString | str | int


@dataclass(frozen=True, slots=True)
class Facts:
    """A block of labelled values."""

    title: str
    rows: Sequence[tuple[str, Cell]]


@dataclass(frozen=True, slots=True)
class Table:
    """``empty`` is what is said instead of no rows; ``note`` what is said of all."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    empty: str = "None."
    note: str = ""

    @property
    def anchor(self) -> str:
        return slugify(self.title)


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    address: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """A link to the page where an act is done, if the operator may."""

    label: str
    address: str
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """``things`` are what the act is on; ``hidden`` fields are sent along."""

    title: str
    button: str
    back: str
    sentences: Sequence[str] = ()
    things: Sequence[str] = ()
    hidden: Sequence[tuple[str, str]] = ()
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Detail:
    title: str
    subtitle: Cell = ""
    facts: Sequence[Facts] = ()
    tables: Sequence[Table] = ()
    acts: Sequence[Act] = ()
    tabs: Sequence[Tab] = field(default=())
