"""The same value in two environments: found by keyed fingerprint, shown only to who may read both."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, OuterRef, QuerySet

from audit.services import record
from keyvault.actor import Actor
from keyvault.errors import Conflict, NotFound
from keyvault.secrets.acts import SHARED_VALUE
from keyvault.secrets.models import Environment, Grant, Project, SecretVersion
from keyvault.target import Tier
from orgs import access
from orgs.decide import GrantFacts, decide
from orgs.models import Organization
from orgs.permissions import Action

_ELSEWHERE = """
SELECT FROM secrets_secretversion v JOIN secrets_secret s ON s.org_id = v.org_id AND s.id = v.secret_id
WHERE v.org_id = %s AND v.fingerprint = ANY(%s) AND v.version = s.current
  AND s.deleted_at IS NULL AND s.environment_id <> %s
LIMIT 1
"""
PLACE = ("secret__environment__project", "secret__environment__org")  # of a version


@dataclass(frozen=True, slots=True)
class Shared:
    """``named`` are ``project/environment/name``; ``others`` counts those that the actor may not read."""

    named: tuple[str, ...] = ()
    others: int = 0


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Secrets of two or more environments whose current versions hold one value."""

    secrets: tuple[SecretVersion, ...]


def hold_sharing_policy(environment: Environment) -> None:
    """Where the policy forbids shared values, the writers of an organization wait for each other.

    First thing in the transaction: else two of them would not see each other's value.
    """
    if environment.org.refuse_shared_values:
        Organization.objects.select_for_update(no_key=True).get(pk=environment.org_id)


def shared_by(actor: Actor, versions: Sequence[SecretVersion]) -> Shared:
    """Which secrets of other environments hold one of these values, all of one environment. At most three queries,
    one where there are none.

    Raises Conflict where the organization's policy forbids it.
    """
    marks = {bytes(version.fingerprint) for version in versions if version.fingerprint is not None}
    if not marks:
        return Shared()
    environment = versions[0].secret.environment
    if not _is_elsewhere(environment, marks):
        return Shared()
    same = _current(environment.org_id).filter(fingerprint__in=marks)
    found = list(same.exclude(secret__environment=environment))
    if found and environment.org.refuse_shared_values:
        raise Conflict(
            "The same value is in another environment already.",
            rule=SHARED_VALUE,
            remedy="Use a key of its own for each environment; an owner can change the policy.",
        )
    readable = permitted(actor, Action.FIND_DUPLICATES, found)
    return Shared(tuple(sorted(_label(row) for row in readable)), len(found) - len(readable))


def find_duplicates(*, actor: Actor, project: Project | None = None) -> list[Duplicate]:
    """Of one project or of the whole organization, among what the actor may read. Recorded; five queries at most."""
    org = Organization.objects.visible_to(actor).first()
    if org is None:
        raise NotFound
    target = project.target if project else org.target
    access.require(actor, Action.LIST_PROJECTS, target)
    record(Action.FIND_DUPLICATES, actor=actor, on=target)
    groups: dict[bytes, list[SecretVersion]] = defaultdict(list)
    for row in permitted(actor, Action.FIND_DUPLICATES, _searchable(org, project)):
        groups[bytes(row.fingerprint or b"")].append(row)
    return [Duplicate(tuple(rows)) for rows in groups.values() if _environments(rows) > 1]


def production_values_elsewhere(actor: Actor, most: int = 50) -> dict[str, list[str]]:
    """Names by project of production secrets whose value another tier holds too, among what the actor may read on
    both sides. Three queries at most, and one as a rule.
    """
    if actor.org_id is None:
        return {}
    rows = _current(actor.org_id).filter(fingerprint__isnull=False)
    others = rows.exclude(secret__environment__tier=Tier.PRODUCTION)
    production = rows.filter(secret__environment__tier=Tier.PRODUCTION)
    same = list(production.filter(Exists(others.order_by().filter(fingerprint=OuterRef("fingerprint"))))[:most])
    if not same:
        return {}
    far = list(others.filter(fingerprint__in={row.fingerprint for row in same}))
    readable = permitted(actor, Action.FIND_DUPLICATES, [*same, *far])
    elsewhere = {bytes(row.fingerprint or b"") for row in readable if row in far}
    found: dict[str, list[str]] = defaultdict(list)
    for row in readable:
        if row in same and bytes(row.fingerprint or b"") in elsewhere:
            found[row.secret.environment.project.slug].append(row.secret.name)
    return dict(found)


def permitted(actor: Actor, action: Action, rows: Iterable[SecretVersion]) -> list[SecretVersion]:
    """One query for the grants of all projects, then the decision for each."""
    rows = list(rows)
    if not rows:
        return []
    grants: dict[UUID, list[GrantFacts]] = defaultdict(list)
    for grant in Grant.objects.held_by(actor):
        grants[grant.project_id].append(grant.facts)
    return [
        row
        for row in rows
        if decide(
            action, actor=actor, target=row.secret.target, grants=grants[row.secret.environment.project_id]
        ).allowed
    ]


def _searchable(org: Organization, project: Project | None) -> QuerySet[SecretVersion]:
    rows = _current(org.pk).filter(fingerprint__isnull=False)
    return rows.filter(secret__environment__project=project) if project else rows


def _current(org_id: UUID) -> QuerySet[SecretVersion]:
    live = SecretVersion.objects.filter(org_id=org_id, version=F("secret__current"), secret__deleted_at=None)
    return live.select_related(*PLACE).defer("envelope").order_by("secret__name", "pk")


def _is_elsewhere(environment: Environment, marks: Iterable[bytes]) -> bool:
    """The answer is nearly always no, and every write asks."""
    with connection.cursor() as cursor:
        cursor.execute(_ELSEWHERE, (environment.org_id, list(marks), environment.pk))
        return cursor.fetchone() is not None


def _environments(rows: Iterable[SecretVersion]) -> int:
    return len({row.secret.environment_id for row in rows})


def _label(row: SecretVersion) -> str:
    place = row.secret.environment
    return f"{place.project.slug}/{place.slug}/{row.secret.name}"
