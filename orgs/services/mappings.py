"""Which claims of a provider make which role, and put people into which team."""

from django.db import IntegrityError, transaction

from audit.services import JSON, record
from keyvault.actor import Actor, Role
from keyvault.errors import Conflict, NotFound
from orgs.access import changing_rights, require_still
from orgs.models import Connection, RoleMapping, Team, TeamMapping
from orgs.models.connection import MAPPED_ROLES
from orgs.names import clean_name, invalid
from orgs.permissions import Action
from orgs.reach import reads_protected_values

_LIMIT = 255  # characters of a claim and of a value
_MOST = 200


def map_role(*, actor: Actor, connection: Connection, claim: str, value: str, role: str) -> RoleMapping:
    """Raises Invalid for owner, Conflict where the claim's value has a role already."""
    claim, value = _clean(claim, value)
    if role not in MAPPED_ROLES:
        raise invalid("role", "Single sign-on makes nobody owner." if role == Role.OWNER else "A role.")
    with changing_rights(actor, Action.MAP_CLAIM, connection.target) as held:
        _require_room(connection)
        mapping = RoleMapping(org=connection.org, connection=connection, claim=claim, value=value, role=role)
        _save(mapping)
        record(Action.MAP_CLAIM, actor=held, on=connection.target, details=_facts(mapping))
    return mapping


def map_team(*, actor: Actor, connection: Connection, claim: str, value: str, team: Team) -> TeamMapping:
    """Mapping to a team that reads protected values gives those away, so it takes who may grant them."""
    claim, value = _clean(claim, value)
    if team.org_id != connection.org_id:
        raise NotFound
    with changing_rights(actor, Action.MAP_CLAIM, connection.target) as held:
        if reads_protected_values(team):
            require_still(held, Action.GRANT_PRODUCTION_READ, team.target)
        _require_room(connection)
        mapping = TeamMapping(org=connection.org, connection=connection, claim=claim, value=value, team=team)
        _save(mapping)
        record(Action.MAP_CLAIM, actor=held, on=connection.target, details=_facts(mapping))
    return mapping


def unmap(*, actor: Actor, mapping: RoleMapping | TeamMapping) -> None:
    """Roles and teams that it made stay until the person signs in again."""
    target = mapping.connection.target
    with changing_rights(actor, Action.UNMAP_CLAIM, target) as held:
        facts = _facts(mapping)
        removed, _ = type(mapping).objects.filter(org_id=mapping.org_id, pk=mapping.pk).delete()
        if not removed:
            raise NotFound
        record(Action.UNMAP_CLAIM, actor=held, on=target, details=facts)


def _clean(claim: str, value: str) -> tuple[str, str]:
    return clean_name(claim, field="claim", limit=_LIMIT), clean_name(value, field="value", limit=_LIMIT)


def _require_room(connection: Connection) -> None:
    if connection.role_mappings.count() + connection.team_mappings.count() >= _MOST:
        raise Conflict(f"A connection has at most {_MOST} mappings.", rule="too-many-mappings")


def _save(mapping: RoleMapping | TeamMapping) -> None:
    try:
        with transaction.atomic():
            mapping.save(force_insert=True)
    except IntegrityError:
        raise Conflict("This value of the claim is mapped already.", rule="already-mapped") from None


def _facts(mapping: RoleMapping | TeamMapping) -> dict[str, JSON]:
    to = {"role": mapping.role} if isinstance(mapping, RoleMapping) else {"team": mapping.team.slug}
    return {"claim": mapping.claim, "value": mapping.value, **to}
