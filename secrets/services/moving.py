"""Copying and moving a value to another environment: sealed anew, because an envelope opens only in its place."""

from dataclasses import dataclass

from audit.services import record
from keyvault.actor import Actor
from keyvault.errors import NotFound
from keyvault.secrets.access import absent, require
from keyvault.secrets.acts import one_act
from keyvault.secrets.models import Environment, Secret, SecretVersion
from keyvault.secrets.names import clean_secret_name
from keyvault.secrets.sealing import Placed, open_versions, store_new, store_next
from keyvault.secrets.services.duplicates import hold_sharing_policy, shared_by
from keyvault.secrets.services.removing import put_aside
from keyvault.secrets.services.revealing import clean_reason, refuse_brokered
from keyvault.secrets.services.storing import hold_secret
from orgs.names import invalid
from orgs.permissions import Action


@dataclass(frozen=True, slots=True)
class _Way:
    source: Secret
    to: Environment
    name: str
    as_version: bool
    reason: str


def copy_secret(
    *, actor: Actor, secret: Secret, to: Environment, name: str = "", as_version: bool = False, reason: str = ""
) -> SecretVersion:
    """Its current value as a new secret there, or with ``as_version`` as a new version of the one of that name.

    Needs reading here, and adding (or rotating) there. Raises Conflict for a name in use and where the organization
    refuses that two environments share a value.
    """
    action = Action.COPY_SECRET
    way = _permitted(action, actor, secret, to, name, as_version, reason)
    with one_act(action, actor=actor, on=secret.target, taken=_taken(way)):
        hold_sharing_policy(to)
        source, there = _hold_both(way)
        return _carry(action, actor, source, there, way)


def move_secret(
    *, actor: Actor, secret: Secret, to: Environment, name: str = "", as_version: bool = False, reason: str = ""
) -> SecretVersion:
    """As a copy; the source is deleted with it and can be undeleted for seven days."""
    action = Action.MOVE_SECRET
    way = _permitted(action, actor, secret, to, name, as_version, reason)
    with one_act(action, actor=actor, on=secret.target, taken=_taken(way)):
        hold_sharing_policy(to)
        source, there = _hold_both(way)
        put_aside(source)
        return _carry(action, actor, source, there, way)


def _permitted(
    action: Action, actor: Actor, secret: Secret, to: Environment, name: str, as_version: bool, reason: str
) -> _Way:
    """Both sides are asked. Raises NotFound for another organization's environment, Invalid for the same one."""
    require(actor, action, secret.target)
    if to.org_id != secret.org_id:
        raise NotFound
    if to.pk == secret.environment_id:
        raise invalid("environment", "The value is in this environment already.")
    refuse_brokered(actor, action, secret)
    name = clean_secret_name(name or secret.name)
    require(actor, Action.ROTATE_SECRET if as_version else Action.CREATE_SECRET, absent(to, name))
    reason = clean_reason(actor, action, secret.environment, secret.target, reason)
    return _Way(secret, to, name, as_version, reason)


def _hold_both(way: _Way) -> tuple[Secret, Secret]:
    """The source and, as a version, what it goes to: locked in one order, so that two copies that cross do not wait for
    each other.
    """
    if not way.as_version:
        return hold_secret(way.source), _new(way)
    there = Secret.objects.filter(org_id=way.to.org_id, environment=way.to, name=way.name, deleted_at=None).first()
    if there is None:
        raise NotFound(f"There is no {way.name} in {way.to.slug}.", rule="no-such-secret")
    held = {secret.pk: hold_secret(secret) for secret in sorted((way.source, there), key=lambda secret: secret.pk)}
    return held[way.source.pk], held[there.pk]


def _new(way: _Way) -> Secret:
    source = way.source
    return Secret(
        org_id=way.to.org_id,
        environment=way.to,
        name=way.name,
        kind=source.kind,
        note=source.note,
        variable=source.variable,
        owner_id=source.owner_id,
        rotate_by=source.rotate_by,
    )


def _carry(action: Action, actor: Actor, source: Secret, there: Secret, way: _Way) -> SecretVersion:
    """Recorded on both sides."""
    row = source.versions.filter(version=source.current, destroyed_at=None).first()
    if row is None:
        raise NotFound("The current version was erased.", rule="no-such-version")
    row.secret = source
    [value] = open_versions([row])
    store = store_next if way.as_version else store_new
    [version] = store(actor, [Placed(there, value)])
    shared_by(actor, [version])
    label = f"{way.to.project.slug}/{way.to.slug}/{way.name}"
    record(action, actor=actor, on=row.target, reason=way.reason, details={"to": label})
    arrived = Action.ROTATE_SECRET if way.as_version else Action.CREATE_SECRET
    came_from = f"{source.environment.project.slug}/{source.environment.slug}/{source.name}"
    record(arrived, actor=actor, on=version.target, details={"from": came_from})
    return version


def _taken(way: _Way) -> str:
    return f"{way.to.slug} has a secret {way.name} already."
