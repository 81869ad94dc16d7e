"""The four database roles, set right at each start of the embedded server, and the database, made once."""

from typing import LiteralString

import psycopg
from psycopg import sql

from keyvault.embedded.postgres import Postgres

OWNER = "keyvault_owner"
APP = "keyvault_app"
SEALER = "keyvault_sealer"
GATEWAY = "keyvault_gateway"
DATABASE = "keyvault"

# CREATEDB serves the tests, which make databases of their own; a production owner does without it (docs/install.md).
_OWNER_RIGHTS: LiteralString = "CREATEDB"
_APP_RIGHTS: LiteralString = "NOCREATEDB"

# The app reads and writes what migrations make, and owns none of it; audit tables take rights away again themselves,
# and give the sealer its own. What the gateway may read is said after each migration (gateway/rights.py).
_GRANTS: LiteralString = """
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    GRANT USAGE ON SCHEMA public TO keyvault_app, keyvault_sealer;
    ALTER DEFAULT PRIVILEGES FOR ROLE keyvault_owner IN SCHEMA public
        GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO keyvault_app;
    ALTER DEFAULT PRIVILEGES FOR ROLE keyvault_owner IN SCHEMA public GRANT USAGE ON SEQUENCES TO keyvault_app;
"""


def make_roles_and_database(server: Postgres) -> None:
    with server.connect() as connection:
        _make_role(connection, OWNER, _OWNER_RIGHTS, server.credentials.owner)
        _make_role(connection, APP, _APP_RIGHTS, server.credentials.app)
        _make_role(connection, SEALER, _APP_RIGHTS, server.credentials.sealer)
        _make_role(connection, GATEWAY, _APP_RIGHTS, server.credentials.gateway)
        connection.execute("GRANT keyvault_app TO keyvault_owner WITH INHERIT FALSE, SET TRUE")
        if not _exists(connection, DATABASE):
            _make_database(connection, server)
        connection.execute("GRANT CONNECT ON DATABASE keyvault TO keyvault_app, keyvault_sealer, keyvault_gateway")


def _make_role(connection: psycopg.Connection, role: str, rights: LiteralString, password: str) -> None:
    name = sql.Identifier(role)
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
        connection.execute(sql.SQL("CREATE ROLE {}").format(name))
    connection.execute(
        sql.SQL(
            "ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS " + rights + " PASSWORD {}"
        ).format(name, sql.Literal(password))
    )


def _exists(connection: psycopg.Connection, database: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is not None


def _make_database(connection: psycopg.Connection, server: Postgres) -> None:
    """Under its name only when it is whole: a start cut short begins anew."""
    connection.execute("DROP DATABASE IF EXISTS keyvault_draft")
    connection.execute("CREATE DATABASE keyvault_draft OWNER keyvault_owner")
    with server.connect("keyvault_draft") as inside:
        inside.execute(_GRANTS)
    connection.execute("ALTER DATABASE keyvault_draft RENAME TO keyvault")
    connection.execute("REVOKE CONNECT, TEMPORARY ON DATABASE keyvault FROM PUBLIC")
