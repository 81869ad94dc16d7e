"""The ceiling: pgbench runs the raw baseline's four statements, prepared, against the same rows."""

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg

from bench import statements
from bench.facts import NAMES, Facts
from keyvault.embedded.binaries import postgres_binary


def transactions_per_second(facts: Facts, folder: Path, *, clients: int, seconds: float) -> float:
    script = folder / "read.sql"
    script.write_text(_script(facts))
    url = urlsplit(os.environ["DATABASE_URL"])
    command = [postgres_binary("pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "2"]
    command += ["-T", str(max(int(seconds), 1)), "-f", str(script), "-h", str(url.hostname), "-p", str(url.port)]
    command += ["-U", str(url.username), url.path[1:]]
    environment = {"PGPASSWORD": unquote(url.password or ""), "PATH": os.environ["PATH"]}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert found is not None
    return float(found[1])


def _script(facts: Facts) -> str:
    """The rows are looked up once; the statements are those of :mod:`bench.statements`, values written in."""
    digest = facts.digest_of(facts.token.encode())
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        held = connection.execute("SELECT id, org_id FROM tokens_accesstoken WHERE digest = %s", [digest]).fetchone()
        place = connection.execute(
            "SELECT e.id FROM secrets_environment e JOIN secrets_project p ON p.id = e.project_id"
            " WHERE p.slug = 'shop' AND e.slug = 'development'"
        ).fetchone()
    assert held is not None
    assert place is not None
    token, org = held
    entry, mac = facts.entry_and_mac(org, NAMES[0])
    return "\n".join(
        [
            _fill(statements.TOKEN, _bytes(digest)),
            _fill(statements.PLACE, f"'{org}'::uuid", "'shop'", "'development'"),
            _fill(statements.VERSION, f"'{place[0]}'::uuid", f"'{NAMES[0]}'", _bytes(bytes.fromhex(facts.root_id))),
            _fill(
                # pgbench takes a colon for a variable, in a text too
                statements.EVENT.replace("$1", "gen_random_v7()").replace(":", "' || chr(58) || '"),
                "",
                f"'{org}'::uuid",
                f"'{token}'::uuid",
                f"'{token}'::uuid",
                _bytes(entry),
                f"'{facts.mac_key_id}'::uuid",
                _bytes(mac),
            ),
        ]
    ).replace("gen_random_v7()", "uuidv7()")


def _fill(statement: str, *values: str) -> str:
    for number, value in enumerate(values, 1):
        statement = statement.replace(f"${number}", value)
    return " ".join(statement.split()) + ";"


def _bytes(value: bytes) -> str:
    return f"'\\x{value.hex()}'::bytea"
