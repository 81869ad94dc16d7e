"""The stories of docs/keys.md, walked through by the commands that stand there."""

import re
import shlex
from pathlib import Path

from django.db import connection

from audit.verifier.kv_audit_verify import TAMPERED
from tests.audit.sealed import as_superuser
from tests.installation import backup
from tests.installation.scene import KEY, RestoreTestCase

PAGE = Path(__file__).resolve().parents[2] / "docs" / "keys.md"


def commands(story: str) -> list[list[str]]:
    section = PAGE.read_text(encoding="utf-8").split(f"\n## {story}\n")[1].split("\n## ")[0]
    return [shlex.split(line) for line in re.findall(r"^ *python manage\.py (.*)$", section, re.MULTILINE)]


class StoryTests(RestoreTestCase):
    def walk(self, command: list[str]) -> tuple[int, str]:
        """Its files lie in the test's own folder."""
        files = {"bundle", "evidence", "witness", "stdout"}
        name, *arguments = (str(self.place / word) if word in files else word for word in command)
        return self.manage(name, *arguments)

    def test_a_backup_was_restored(self) -> None:
        backup.dump(self.backup)
        self.what_came_after()
        connection.close()
        backup.load_into_a_new_database(self.backup)
        why, accept, begin, well = commands("A backup was restored")
        self.assertEqual(self.read("stolen").json()["rule"], "restored")
        self.assertEqual(self.walk(why)[0], 3)
        for command in (accept, begin, well):
            code, said = self.walk(command)
            self.assertEqual(code, 0, said)
        self.assertEqual(self.read("kept").json()["value"], KEY)
        self.assertEqual(self.read("stolen").json()["rule"], "token-revoked")

    def test_the_log_was_tampered_with(self) -> None:
        self.happen(3)
        with self.settings(KEYVAULT_WITNESS_PATHS=[str(self.place / "witness")]):
            self.manage("audit", "seal")
        (waiting,) = self.happen(1)
        (self.place / "stdout").write_bytes(b"\n".join(bytes(row[0]) for row in self.rows(_ENTRIES)))
        with as_superuser() as execute:
            execute(_EDIT, [waiting.event_id])
            execute("DELETE FROM audit_leaf WHERE leaf_index = 1 AND event_id IS NOT NULL")
        seal, export, dump, verify, begin = commands("The log was tampered with")
        code, said = self.walk(seal)
        self.assertEqual(code, 1)
        self.assertEqual(self.walk(export)[0], 0)
        self.assertEqual(dump[:2], ["pg", "pg_dump"])
        backup.dump(self.place / "evidence.dump")
        code, said = self.walk(verify)
        self.assertEqual(code, TAMPERED)
        for finding in ("E_LEAF_INDEX", "E_ROW_MAC", "E_RECEIPT_MISSING"):
            self.assertIn(finding, said)
        self.assertEqual(self.walk(begin)[0], 0)


_ENTRIES = "SELECT entry FROM audit_event ORDER BY id"
_EDIT = (
    "UPDATE audit_event SET entry = convert_to(replace(convert_from(entry, 'UTF8'), '203.0.113.9', '203.0.113.8'),"
    " 'UTF8'), address = '203.0.113.8' WHERE id = %s"
)
