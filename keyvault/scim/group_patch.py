"""A PATCH of a group. Members are a set of ids here: the library would search thousands of them for each operation."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from scim2_models import InvalidFilterException, InvalidPathException, InvalidValueException, NoTargetException, PatchOp
from scim2_models.path import AttrPath, CompareOperator, Comparison, FilterNode, LogicalExpr, LogicalOperator, ValuePath

from keyvault.flows.scim import GroupFacts
from keyvault.scim.filters import uuid_of
from keyvault.scim.resources import Group
from keyvault.scim.shapes import member_id

Ids = frozenset[UUID]


def edited(patch: PatchOp[Group], facts: GroupFacts) -> GroupFacts:
    """Raises SCIMException. Attributes that a group has not are read over."""
    for operation in patch.operations or ():
        op, node = operation.op.value, operation.path.ast if operation.path else None
        if node is None:
            facts = _each(op, operation.value, facts)
        elif isinstance(node, ValuePath):
            facts = _selected(op, node, facts)
        elif isinstance(node, AttrPath):
            facts = _one(op, _name(node), operation.value, facts)
        else:
            raise InvalidPathException(detail="The path names no attribute of a group.")
    return facts


def _each(op: str, value: Any, facts: GroupFacts) -> GroupFacts:
    if not isinstance(value, dict):
        raise InvalidValueException(detail="Without a path the value is an object of attributes.")
    for name, inner in value.items():
        facts = _one(op, name.lower(), inner, facts)
    return facts


def _one(op: str, name: str, value: Any, facts: GroupFacts) -> GroupFacts:
    if name == "members":
        return replace(facts, members=_CHANGES[op](facts.members, value))
    if name == "displayname":
        return replace(facts, display_name="" if op == "remove" else _text(value))
    if name == "externalid":
        return replace(facts, external_id="" if op == "remove" else _text(value or ""))
    return facts


def _selected(op: str, node: ValuePath, facts: GroupFacts) -> GroupFacts:
    """``members[value eq "…"]``."""
    if node.attr_path.attr.lower() != "members" or node.sub_attr:
        raise InvalidPathException(detail="Only members are selected by a filter.")
    if op != "remove":
        raise NoTargetException(detail="A filter selects what to remove.")
    return replace(facts, members=facts.members - _ids_in(node.val_filter))


def _ids_in(node: FilterNode) -> Ids:
    if isinstance(node, LogicalExpr) and node.op is LogicalOperator.or_:
        return frozenset().union(*(_ids_in(term) for term in node.terms))
    if isinstance(node, Comparison) and node.op is CompareOperator.eq and node.attr_path.attr.lower() == "value":
        found = uuid_of(node.value)
        return frozenset({found}) if found else frozenset()
    raise InvalidFilterException(detail="Members are selected by value eq.")


def _entries(value: Any) -> list[Any]:
    """A list of objects, as the standard says; one object or bare ids, as some directories send."""
    entries = value if isinstance(value, list) else [value]
    return [entry.get("value") if isinstance(entry, dict) else entry for entry in entries]


def _added(members: Ids, value: Any) -> Ids:
    return members | frozenset(map(member_id, _entries(value)))


def _replaced(members: Ids, value: Any) -> Ids:
    return frozenset(map(member_id, _entries(value))) if value else frozenset()


def _removed(members: Ids, value: Any) -> Ids:
    """All, or those that the value names: who is not in the group need not leave it."""
    if value is None:
        return frozenset()
    return members - frozenset(filter(None, map(uuid_of, _entries(value))))


_CHANGES: dict[str, Callable[[Ids, Any], Ids]] = {"add": _added, "replace": _replaced, "remove": _removed}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidValueException(detail="The value is a text.")
    return value


def _name(path: AttrPath) -> str:
    """Sub-attributes of members are told by their entry; any other path names nothing of ours."""
    if path.sub_attr:
        raise InvalidPathException(detail="A path names an attribute, not a part of one.")
    return path.attr.lower()
