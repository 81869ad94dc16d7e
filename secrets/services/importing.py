"""Importing a ``.env``: what it would change, then one change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from audit.services import JSON, Receipt, record, record_many
from keyvault.actor import Actor
from keyvault.errors import Conflict, Invalid
from keyvault.secrets.access import absent, grants_of
from keyvault.secrets.acts import one_act
from keyvault.secrets.dotenv import NAMES_LIMIT, Unreadable, parse
from keyvault.secrets.models import Environment, Secret, SecretKind, SecretVersion
from keyvault.secrets.names import clean_secret_name
from keyvault.secrets.sealing import Placed, store_new, store_next
from keyvault.secrets.services.comparing import same_as_stored
from keyvault.secrets.services.duplicates import Shared, hold_sharing_policy, shared_by
from keyvault.secrets.services.revealing import current_versions
from keyvault.secrets.values import Value
from orgs import access
from orgs.decide import GrantFacts
from orgs.names import invalid
from orgs.permissions import Action


@dataclass(frozen=True, slots=True)
class Preview:
    """Names only. ``changed`` includes those whose present value the actor may not compare."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    same: tuple[str, ...]
    unreadable: tuple[Unreadable, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """``shared`` names the secrets of other environments that hold one of the values."""

    preview: Preview
    receipt: Receipt
    shared: Shared


@dataclass(frozen=True, slots=True)
class _Wanted:
    values: Mapping[str, Value] = field(repr=False)
    unreadable: tuple[Unreadable, ...] = ()


def preview_import(*, actor: Actor, environment: Environment, content: str) -> Preview:
    """What :func:`apply_import` would do. Nothing is changed; that somebody looked is recorded."""
    wanted = _read(content)
    grants = grants_of(actor, environment.target)
    _require_import(actor, environment, wanted, grants)
    details: dict[str, JSON] = {"preview": True, "names": len(wanted.values), "unreadable": len(wanted.unreadable)}
    record(Action.IMPORT_SECRETS, actor=actor, on=environment.target, details=details)
    return _compared(actor, environment, wanted, grants)


def apply_import(*, actor: Actor, environment: Environment, content: str) -> Imported:
    """All readable lines in one change; the unreadable ones are named and left. Adding new names needs ``add``,
    changing a value needs ``rotate``.
    """
    return _imported(actor, environment, _read(content))


def import_values(*, actor: Actor, environment: Environment, values: Mapping[str, bytes]) -> Imported:
    """The same for values that came by another road; names are paths."""
    if len(values) > NAMES_LIMIT:
        raise invalid("values", f"At most {NAMES_LIMIT:,} values at once.")
    wanted = {clean_secret_name(name): Value.of_bytes(data) for name, data in values.items()}
    return _imported(actor, environment, _Wanted(wanted))


def _read(content: str) -> _Wanted:
    """A name or a value that cannot be stored makes its line unreadable. Raises Invalid for what is no Unicode."""
    parsed = parse(content)
    values: dict[str, Value] = {}
    unreadable = list(parsed.unreadable)
    for entry in parsed.entries:
        try:
            values[clean_secret_name(entry.name)] = Value.of_bytes(_encoded(entry.text))
        except Invalid as refused:
            unreadable.append(Unreadable(entry.line, refused.detail))
    return _Wanted(values, tuple(sorted(unreadable, key=lambda found: found.line)))


def _imported(actor: Actor, environment: Environment, wanted: _Wanted) -> Imported:
    grants = grants_of(actor, environment.target)
    _require_import(actor, environment, wanted, grants)
    preview = _compared(actor, environment, wanted, grants)
    for name in preview.changed:
        access.require(actor, Action.ROTATE_SECRET, absent(environment, name), grants=grants)
    taken = "A name was given by somebody else meanwhile."
    with one_act(Action.IMPORT_SECRETS, actor=actor, on=environment.target, taken=taken):
        hold_sharing_policy(environment)
        return _write(actor, environment, wanted.values, preview)


def _write(actor: Actor, environment: Environment, values: Mapping[str, Value], preview: Preview) -> Imported:
    counts = {"new": len(preview.new), "changed": len(preview.changed), "same": len(preview.same)}
    receipt = record(Action.IMPORT_SECRETS, actor=actor, on=environment.target, details=counts)
    made = store_new(actor, [Placed(_place(environment, name), values[name]) for name in preview.new])
    held = _hold(environment, preview.changed)
    rotated = store_next(actor, [Placed(secret, values[secret.name]) for secret in held])
    shared = shared_by(actor, [*made, *rotated])
    _record_each(Action.CREATE_SECRET, actor, made)
    _record_each(Action.ROTATE_SECRET, actor, rotated)
    return Imported(preview, receipt, shared)


def _hold(environment: Environment, names: Sequence[str]) -> list[Secret]:
    """Raises Conflict where one is gone, or has become the gateway's own, since it was compared."""
    rows = Secret.objects.filter(org_id=environment.org_id, environment=environment, deleted_at=None)
    rows = rows.filter(name__in=names).exclude(kind=SecretKind.BROKERED)
    held = list(rows.select_for_update().order_by("pk"))
    if len(held) < len(names):
        raise Conflict("A secret was deleted meanwhile.", rule="moved-on", remedy="Preview it again.")
    for secret in held:
        secret.environment = environment
    return held


def _record_each(action: Action, actor: Actor, versions: Sequence[SecretVersion]) -> None:
    record_many(action, actor=actor, on=[version.target for version in versions], reason="import")


def _require_import(actor: Actor, environment: Environment, wanted: _Wanted, grants: Sequence[GrantFacts]) -> None:
    targets = [absent(environment, name) for name in wanted.values] or [environment.target]
    for target in targets:
        access.require(actor, Action.IMPORT_SECRETS, target, grants=grants)


def _compared(actor: Actor, environment: Environment, wanted: _Wanted, grants: Sequence[GrantFacts]) -> Preview:
    values = wanted.values
    present = {row.secret.name: row for row in current_versions(environment, secret__name__in=list(values))}
    if brokered := [name for name, row in present.items() if row.secret.kind == SecretKind.BROKERED]:
        raise Conflict(f"{brokered[0]} is the gateway's own and is not changed by an import.", rule="gateway-only")
    same = same_as_stored(actor, environment, present, values, grants)
    return Preview(
        new=tuple(name for name in values if name not in present),
        changed=tuple(name for name in values if name in present and name not in same),
        same=tuple(name for name in values if name in same),
        unreadable=wanted.unreadable,
    )


def _place(environment: Environment, name: str) -> Secret:
    return Secret(org_id=environment.org_id, environment=environment, name=name)


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise invalid("content", "The value is not valid Unicode.") from None
