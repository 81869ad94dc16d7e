"""What `manage.py check --database default` says of the log's fences."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connection

from audit import partitions

_RIGHTS = """
    SELECT pg_has_role(rolname, relowner, 'MEMBER'),
           has_table_privilege(rolname, pg_class.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER, REFERENCES')
           OR has_schema_privilege(rolname, 'audit_parts', 'USAGE, CREATE')
    FROM pg_roles, pg_class WHERE rolname = %s AND pg_class.oid = 'public.audit_event'::regclass
"""


@register(Tags.database)
def check_app_role(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **options: Any
) -> list[CheckMessage]:
    """Asks about the app role by name: migrations run these checks as the owner."""
    if not databases or not _log_exists():
        return []
    with connection.cursor() as cursor:
        cursor.execute(_RIGHTS, [settings.APP_DATABASE_ROLE])
        owns, changes = cursor.fetchone() or (False, False)
    if owns:
        kind = Warning if settings.EMBEDDED else Error
        return [
            kind(
                f"The role {settings.APP_DATABASE_ROLE} of DATABASE_URL owns the audit log or is a superuser: it can "
                "switch off what keeps the log append-only.",
                hint="Let DATABASE_URL name a role of its own, and KEYVAULT_OWNER_DATABASE_URL the owner.",
                id="audit.E001",
            )
        ]
    if changes:
        return [
            Error(
                f"The role {settings.APP_DATABASE_ROLE} has more rights on the audit log than to read and to add.",
                hint="As the owner: revoke all on audit_event and on schema audit_parts, grant SELECT, INSERT back.",
                id="audit.E002",
            )
        ]
    return []


@register(Tags.database)
def check_triggers(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **options: Any
) -> list[CheckMessage]:
    if not databases or not _log_exists():
        return []
    return [
        Error(f"{table} lacks a trigger that keeps it append-only, or has it switched off.", id="audit.E003")
        for table in partitions.unguarded()
    ]


def _log_exists() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.audit_event') IS NOT NULL")
        (exists,) = cursor.fetchone()
    return bool(exists)
