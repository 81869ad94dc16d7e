"""What the gateway's own database role may touch; everything else is refused to it by PostgreSQL.

Given anew after each migration, as the owner, so that a table which comes later belongs to it only if it is named here.
A role of that name need not exist: where nobody made one the gateway works as the app.
"""

from collections.abc import Mapping

from django.db import connection, transaction
from psycopg import sql

ROLE = "keyvault_gateway"

_KEYS = "id, org_id, purpose, state, serial"

# Of each table: the columns that it reads, and the other rights.
READS: Mapping[str, str] = {
    "accounts_user": "id, email, is_active",
    "crypto_datakey": _KEYS,
    "crypto_datakey_wrap": "",
    "crypto_rootkey": "",
    "gateway_change": "",
    "gateway_hostlabel": "",
    "gateway_hour": "",
    "gateway_limit": "",
    "gateway_minute": "",
    "gateway_pool": "",
    "gateway_slice": "",
    "gateway_upstream": "",
    "gateway_usage": "id",
    "gateway_worker": "",
    "orgs_membership": "id, org_id, user_id, role, ended_at, ends_on",
    "orgs_organization": "id, slug, allowed_networks, team_tokens_in_production",
    "orgs_teammember": "team_id, membership_id",
    "secrets_environment": "id, org_id, project_id, slug, tier, protected",
    "secrets_grant": "project_id, environment_id, membership_id, team_id, verbs, prefix, org_id",
    "secrets_project": "id, org_id, slug",
    "secrets_secret": "id, org_id, environment_id, name, kind, provider, upstream, current, deleted_at",
    "gateway_envelope": "",
    "tokens_accesstoken": "",
    "tokens_serviceidentity": "id, org_id, slug, disabled_at",
    "tokens_tokenuse": "",
}
WRITES: Mapping[str, str] = {
    "audit_event": "INSERT",
    "gateway_hour": "INSERT, UPDATE",
    "gateway_minute": "INSERT, UPDATE, DELETE",
    "gateway_pool": "INSERT, UPDATE, DELETE",
    "gateway_slice": "INSERT, UPDATE, DELETE",
    "gateway_usage": "INSERT",
    "gateway_worker": "INSERT, UPDATE, DELETE",
    "tokens_tokenuse": "INSERT, UPDATE",
}


def give_rights() -> None:
    """As the owner. Tables that are not there, in the midst of a way back, are passed over."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
        if cursor.fetchone() is None:
            return
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')"
        )
        there = {name for (name,) in cursor.fetchall()}
        role = sql.Identifier(ROLE)
        statements = [
            sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(role),
            sql.SQL("REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {}").format(role),
            sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role),
        ]
        statements += [_grant(_reading(columns), table, role) for table, columns in READS.items() if table in there]
        statements += [_grant(sql.SQL(rights), table, role) for table, rights in WRITES.items() if table in there]
        for statement in statements:
            cursor.execute(statement)


def _reading(columns: str) -> sql.Composable:
    if not columns:
        return sql.SQL("SELECT")
    names = sql.SQL(", ").join(sql.Identifier(name.strip()) for name in columns.split(","))
    return sql.SQL("SELECT ({})").format(names)


def _grant(rights: sql.Composable, table: str, role: sql.Composable) -> sql.Composed:
    return sql.SQL("GRANT {} ON public.{} TO {}").format(rights, sql.Identifier(table), role)
