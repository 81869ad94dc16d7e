"""Filters (RFC 7644 §3.4.2.2) as conditions of the database, as far as it can answer them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any
from uuid import UUID

from django.db.models import Q
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterNode,
    LogicalExpr,
    LogicalOperator,
    Not,
    ValuePath,
)

from keyvault.scim.resources import GROUP, USER
from orgs.models import DirectoryGroupMember

Column = Callable[[Any], Q]
"""From the value that an attribute is compared with to the rows where it is equal."""

_CORE = frozenset({USER.lower(), GROUP.lower()})


@dataclass(frozen=True, slots=True)
class Narrowed:
    """``query`` lets no match out. Unless ``exact``, what it lets in is to be matched one by one."""

    query: Q
    exact: bool


def narrow(node: FilterNode | None, columns: Mapping[str, Column]) -> Narrowed:
    if node is None:
        return _ALL
    if isinstance(node, Comparison):
        return _equal(node, columns)
    if isinstance(node, LogicalExpr):
        return _joined(node.op, [narrow(term, columns) for term in node.terms])
    if isinstance(node, Not):
        inner = narrow(node.expr, columns)
        return Narrowed(~inner.query, True) if inner.exact else _ANY
    if isinstance(node, ValuePath) and not _is_foreign(node.attr_path):
        return narrow(node.val_filter, _within(node.attr_path.attr, columns))
    return _ANY


def _equal(node: Comparison, columns: Mapping[str, Column]) -> Narrowed:
    path = node.attr_path
    name = ".".join(filter(None, (path.attr, path.sub_attr))).lower()
    if node.op is not CompareOperator.eq or name not in columns or _is_foreign(path):
        return _ANY
    return Narrowed(columns[name](node.value), True)


def _joined(op: LogicalOperator, terms: Iterable[Narrowed]) -> Narrowed:
    terms = list(terms)
    exact = all(term.exact for term in terms)
    if op is LogicalOperator.and_:
        return Narrowed(reduce(and_, (term.query for term in terms)), exact)
    return Narrowed(reduce(or_, (term.query for term in terms)), True) if exact else _ANY


def _within(attribute: str, columns: Mapping[str, Column]) -> dict[str, Column]:
    """The sub-attributes of one entry: each user has one address, so that conditions on it meet in the same one."""
    head = f"{attribute.lower()}."
    return {name.removeprefix(head): column for name, column in columns.items() if name.startswith(head)}


def _is_foreign(path: AttrPath) -> bool:
    return path.uri is not None and path.uri.lower() not in _CORE


def _text(lookup: str) -> Column:
    def column(value: Any) -> Q:
        return Q(**{lookup: value}) if isinstance(value, str) and _is_storable(value) else _NONE

    return column


def _identifier(value: Any) -> Q:
    return Q(pk=found) if (found := uuid_of(value)) else _NONE


def _has_member(value: Any) -> Q:
    found = uuid_of(value)
    rows = DirectoryGroupMember.objects.filter(person__user=found, person__deleted_at=None)
    return Q(pk__in=rows.values("group")) if found else _NONE


def _flag(lookup: str) -> Column:
    def column(value: Any) -> Q:
        said = value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value).lower())
        return _NONE if said is None else Q(**{lookup: said})

    return column


def _constant(true: Any) -> Column:
    """An attribute that is the same for everybody."""

    def column(value: Any) -> Q:
        return Q() if str(value).lower() == str(true).lower() else _NONE

    return column


def uuid_of(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) and len(value) <= 45 else None
    except ValueError:
        return None


def _is_storable(text: str) -> bool:
    """What PostgreSQL cannot hold, nothing equals."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


_NONE = Q(pk__in=[])
_ALL = Narrowed(Q(), True)
_ANY = Narrowed(Q(), False)

USERS: dict[str, Column] = {
    "id": _identifier,
    "username": _text("user_name__iexact"),
    "externalid": _text("external_id"),
    "active": _flag("works"),
    "emails": _text("email__iexact"),
    "emails.value": _text("email__iexact"),
    "emails.type": _constant("work"),
    "emails.primary": _constant(True),
}
GROUPS: dict[str, Column] = {
    "id": _identifier,
    "displayname": _text("display_name__iexact"),
    "externalid": _text("external_id"),
    "members": _has_member,
    "members.value": _has_member,
}
