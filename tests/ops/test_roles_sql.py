"""`deploy/roles.sql` makes, on a PostgreSQL of one's own, the same four roles as the embedded server has."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from keyvault.embedded.binaries import postgres_binary
from keyvault.embedded.credentials import Credentials
from keyvault.embedded.postgres import Postgres
from keyvault.embedded.roles import make_roles_and_database
from keyvault.processes.child import Child
from keyvault.processes.ports import free_port

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).resolve().parents[2] / "deploy" / "roles.sql"
_ROLES = """
    SELECT rolname, rolsuper, rolcreaterole, rolcanlogin, rolreplication, rolbypassrls
    FROM pg_roles WHERE rolname LIKE 'keyvault%' ORDER BY 1
"""
_GRANTS = "SELECT defaclrole::regrole::text, defaclobjtype, defaclacl::text FROM pg_default_acl ORDER BY 2"
_DATABASE = "SELECT datdba::regrole::text, datacl::text FROM pg_database WHERE datname = 'keyvault'"


@pytest.fixture
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Postgres]]:
    """Two empty ones."""
    made, children = [], []
    for number in range(2):
        folder = tmp_path_factory.mktemp(f"roles{number}")
        server = Postgres(folder, free_port(), Credentials("super", "owner", "app", "", ""), durable=False)
        child = Child(server.program(), subprocess.DEVNULL)
        child.start()
        child.wait_until_ready()
        made.append(server)
        children.append(child)
    yield made
    for child in children:
        child.stop()


def test_the_script_makes_what_the_embedded_server_has(servers: list[Postgres]) -> None:
    by_hand, embedded = servers
    run_script(by_hand)
    make_roles_and_database(embedded)

    assert facts(by_hand) == facts(embedded)


def test_the_passwords_of_the_script_open_the_database(servers: list[Postgres]) -> None:
    server = servers[0]
    run_script(server)
    for role, password in (("keyvault_owner", "o'wner"), ("keyvault_app", "a p p")):
        with psycopg.connect(
            host="127.0.0.1", port=server.port, user=role, password=password, dbname="keyvault"
        ) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (role,)


def run_script(server: Postgres) -> None:
    subprocess.run(
        [
            *(postgres_binary("psql"), "--no-psqlrc", "--quiet", "--file", str(SCRIPT)),
            *(
                "-v",
                "owner_password=o'wner",
                "-v",
                "app_password=a p p",
                "-v",
                "sealer_password=s",
                "-v",
                "gateway_password=g",
            ),
            f"postgres://postgres:super@127.0.0.1:{server.port}/postgres",
        ],
        check=True,
        capture_output=True,
    )


def facts(server: Postgres) -> list[object]:
    with server.connect("keyvault") as connection:
        return [connection.execute(query).fetchall() for query in (_ROLES, _GRANTS, _DATABASE)]
