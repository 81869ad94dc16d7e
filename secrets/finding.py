"""From the names in an address to their rows, in one statement: what every request about a secret begins with."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import connection, models

from keyvault.actor import Actor
from keyvault.secrets.models import Environment, Project, Secret
from orgs.models import Organization

M = TypeVar("M", bound=models.Model)


def environment_of(actor: Actor, project: str, environment: str) -> Environment | None:
    """Within the actor's organization and, where its token has one, the token's project."""
    row = _fetch(_ENVIRONMENT, (actor.org_id, project, environment))
    return _placed(actor, row) if row else None


def secret_of(actor: Actor, project: str, environment: str, name: str) -> tuple[Environment, Secret | None] | None:
    """The environment, and the live secret of that name if there is one."""
    row = _fetch(_SECRET, (name, actor.org_id, project, environment))
    place = _placed(actor, row) if row else None
    if row is None or place is None:
        return None
    secret = _made(Secret, row[-_width(Secret) :])
    if secret.pk is None:
        return place, None
    secret.environment = place
    return place, secret


def _placed(actor: Actor, row: Sequence[Any]) -> Environment | None:
    org, project = _made(Organization, row), _made(Project, row[_width(Organization) :])
    place = _made(Environment, row[_width(Organization) + _width(Project) :])
    if actor.token and actor.token.project_id not in (None, project.pk):
        return None
    place.org = project.org = org
    place.project = project
    return place


def _fetch(statement: str, values: Sequence[Any]) -> Sequence[Any] | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row: Sequence[Any] | None = cursor.fetchone()
        return row


def _made(model: type[M], row: Sequence[Any]) -> M:
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db(connection.alias, names, row[: len(names)])


def _width(model: type[models.Model]) -> int:
    return len(model._meta.concrete_fields)


def _columns(alias: str, model: type[models.Model]) -> str:
    return ", ".join(f"{alias}.{field.column}" for field in model._meta.concrete_fields)


_PLACE = f"{_columns('o', Organization)}, {_columns('p', Project)}, {_columns('e', Environment)}"
_FROM = """
FROM orgs_organization o
JOIN secrets_project p ON p.org_id = o.id
JOIN secrets_environment e ON e.org_id = o.id AND e.project_id = p.id
"""
_WHERE = "WHERE o.id = %s AND p.slug = %s AND e.slug = %s"
_ENVIRONMENT = f"SELECT {_PLACE} {_FROM} {_WHERE}"
_SECRET = f"""
SELECT {_PLACE}, {_columns("s", Secret)} {_FROM}
LEFT JOIN secrets_secret s ON s.org_id = o.id AND s.environment_id = e.id AND s.name = %s AND s.deleted_at IS NULL
{_WHERE}
"""
