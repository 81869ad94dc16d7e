"""Copying and moving a value to another environment: sealed anew, because an envelope opens only in its place."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.services import record
from keyvault.actor import Actor
from keyvault.errors import Conflict, NotFound
from keyvault.jobs.services import enqueue
from keyvault.secrets.access import require
from keyvault.secrets.models import Environment, Secret, SecretVersion
from keyvault.secrets.names import clean_secret_name
from keyvault.secrets.sealing import Placed, open_versions, seal_versions
from keyvault.secrets.services.duplicates import refuse_shared
from keyvault.secrets.services.removing import KEPT, PURGE
from keyvault.secrets.services.revealing import refuse_brokered
from keyvault.secrets.services.storing import hold_secret
from orgs.names import invalid
from orgs.permissions import Action


def copy_secret(
    *, actor: Actor, secret: Secret, to: Environment, name: str = "", as_version: bool = False
) -> SecretVersion:
    """Its current value as a new secret there, or with ``as_version`` as a new version of the one of that name.

    Needs reading here, and adding (or rotating) there. Raises Conflict for a name in use and where the organization
    refuses that two environments share a value.
    """
    _require_both_sides(actor, secret, to, name or secret.name, as_version)
    with _one_change(to):
        return _copied(actor, Action.COPY_SECRET, hold_secret(secret), to, name or secret.name, as_version)


def move_secret(
    *, actor: Actor, secret: Secret, to: Environment, name: str = "", as_version: bool = False
) -> SecretVersion:
    """As a copy; the source is deleted with it and can be undeleted for seven days."""
    require(actor, Action.MOVE_SECRET, secret.target)
    _require_both_sides(actor, secret, to, name or secret.name, as_version)
    with _one_change(to):
        source = hold_secret(secret)
        version = _copied(actor, Action.MOVE_SECRET, source, to, name or secret.name, as_version)
        source.deleted_at = timezone.now()
        source.save(update_fields=["deleted_at"])
        arguments = {"secret": str(source.pk), "deleted_at": source.deleted_at.isoformat()}
        enqueue(PURGE, arguments=arguments, author=actor, run_after=source.deleted_at + KEPT)
    return version


@contextmanager
def _one_change(to: Environment) -> Iterator[None]:
    try:
        with transaction.atomic(durable=True):
            yield
    except IntegrityError:
        raise Conflict(f"{to.slug} has a secret of that name already.", rule="name-taken") from None


def _require_both_sides(actor: Actor, secret: Secret, to: Environment, name: str, as_version: bool) -> None:
    if to.org_id != secret.org_id:
        raise NotFound
    if to.pk == secret.environment_id:
        raise invalid("environment", "The value is in this environment already.")
    require(actor, Action.COPY_SECRET, secret.target)
    refuse_brokered(actor, Action.COPY_SECRET, secret)
    there = Secret(org_id=to.org_id, environment=to, name=clean_secret_name(name))
    require(actor, Action.ROTATE_SECRET if as_version else Action.CREATE_SECRET, there.target)


def _copied(
    actor: Actor, action: Action, source: Secret, to: Environment, name: str, as_version: bool
) -> SecretVersion:
    row = source.versions.filter(version=source.current, destroyed_at=None).first()
    if row is None:
        raise NotFound("The current version was erased.", rule="no-such-version")
    row.secret = source
    [value] = open_versions([row])
    if action is Action.COPY_SECRET:  # a move leaves one environment with it
        refuse_shared(to, [value.data])
    there = _existing(to, name) if as_version else _new(source, to, name)
    [version] = seal_versions(actor, [Placed(there, value)])
    record(action, actor=actor, on=row.target, details={"to": f"{to.project.slug}/{to.slug}/{name}"})
    record(Action.ROTATE_SECRET if as_version else Action.CREATE_SECRET, actor=actor, on=version.target)
    return version


def _existing(to: Environment, name: str) -> Secret:
    found = Secret.objects.filter(org_id=to.org_id, environment=to, name=name, deleted_at=None).first()
    if found is None:
        raise NotFound(f"There is no {name} in {to.slug}.", rule="no-such-secret")
    return hold_secret(found)


def _new(source: Secret, to: Environment, name: str) -> Secret:
    return Secret.objects.create(
        org_id=to.org_id,
        environment=to,
        name=name,
        kind=source.kind,
        note=source.note,
        variable=source.variable,
        owner=source.owner,
        rotate_by=source.rotate_by,
    )
