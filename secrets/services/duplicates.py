"""The same value in two environments: found by keyed fingerprint, shown only to who may read both."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, QuerySet

from audit.services import record
from keyvault.actor import Actor
from keyvault.errors import Conflict
from keyvault.keyring import ring
from keyvault.secrets.models import Environment, Grant, Project, SecretVersion
from orgs.decide import GrantFacts, decide
from orgs.models import Organization
from orgs.permissions import Action


@dataclass(frozen=True, slots=True)
class Shared:
    """``named`` are ``project/environment/name``; ``others`` counts those that the actor may not read."""

    named: tuple[str, ...] = ()
    others: int = 0


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Secrets of two or more environments whose current versions hold one value."""

    secrets: tuple[SecretVersion, ...]


def shared_with(actor: Actor, version: SecretVersion) -> Shared:
    """Which secrets of other environments hold the value of this version. At most three queries."""
    if version.fingerprint is None:
        return Shared()
    same = _current(version.org_id).filter(fingerprint=bytes(version.fingerprint))
    found = list(same.exclude(secret__environment_id=version.secret.environment_id))
    readable = _readable(actor, found)
    return Shared(tuple(sorted(_label(row) for row in readable)), len(found) - len(readable))


def refuse_shared(environment: Environment, values: Sequence[bytes]) -> None:
    """Where the organization's policy says so: raises Conflict if a value is used in another environment already."""
    if not environment.org.refuse_shared_values:
        return
    marks = [mark for mark in ring.fingerprints(environment.org_id, values) if mark]
    same = _current(environment.org_id).filter(fingerprint__in=marks)
    if same.exclude(secret__environment=environment).exists():
        raise Conflict(
            "The same value is in another environment already.",
            rule="shared-value",
            remedy="Use a key of its own for each environment; an owner can change the policy.",
        )


def find_duplicates(*, actor: Actor, project: Project | None = None) -> list[Duplicate]:
    """Of one project or of the whole organization, among what the actor may read. Recorded; three queries."""
    org = Organization.objects.visible_to(actor).get()
    rows = _current(org.pk).filter(fingerprint__isnull=False)
    if project:
        rows = rows.filter(secret__environment__project=project)
    readable = _readable(actor, list(rows))
    record(Action.FIND_DUPLICATES, actor=actor, on=project.target if project else org.target)
    groups: dict[bytes, list[SecretVersion]] = defaultdict(list)
    for row in readable:
        groups[bytes(row.fingerprint or b"")].append(row)
    return [Duplicate(tuple(rows)) for rows in groups.values() if _environments(rows) > 1]


def _current(org_id: UUID) -> QuerySet[SecretVersion]:
    live = SecretVersion.objects.filter(org_id=org_id, version=F("secret__current"), secret__deleted_at=None)
    return live.select_related("secret__environment__project__org", "secret__environment__org", "secret__org").order_by(
        "secret__name"
    )


def _readable(actor: Actor, rows: Iterable[SecretVersion]) -> list[SecretVersion]:
    """One query for the grants of all projects, then the decision for each."""
    grants: dict[UUID, list[GrantFacts]] = defaultdict(list)
    for grant in Grant.objects.held_by(actor):
        grants[grant.project_id].append(grant.facts)
    action = Action.FIND_DUPLICATES
    return [
        row
        for row in rows
        if decide(
            action, actor=actor, target=row.secret.target, grants=grants[row.secret.environment.project_id]
        ).allowed
    ]


def _environments(rows: Iterable[SecretVersion]) -> int:
    return len({row.secret.environment_id for row in rows})


def _label(row: SecretVersion) -> str:
    place = row.secret.environment
    return f"{place.project.slug}/{place.slug}/{row.secret.name}"
