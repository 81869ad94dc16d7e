"""The log for other tools: one line an event, and no cell that a spreadsheet would run."""

import csv
import hashlib
import io
import json

from audit.listing import lines
from tests.audit.sealed import ACME, EVIL, SealedTestCase

STRANGE = ["=1+1", "+49", "-2", "@sum", "\tx", "\rx", "a,b", 'say "so"', "a\r\nb", "\u2028", "plain"]


class ListingTests(SealedTestCase):
    def setUp(self) -> None:
        for reason in STRANGE:
            self.happen(1, reason=reason)
        self.happen(1, org=EVIL)
        self.seal()

    def test_csv_has_an_inert_cell_for_every_reason(self) -> None:
        rows = list(csv.DictReader(io.StringIO("".join(lines("csv", ACME.id)), newline="")))
        self.assertEqual([row["reason"].lstrip("'") for row in rows], STRANGE)
        for row in rows:
            for cell in row.values():
                self.assertFalse(cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell)

    def test_json_line_holds_the_entry_as_it_was_hashed(self) -> None:
        listed = list(lines("jsonl", ACME.id))
        self.assertEqual(len(listed), len(STRANGE))
        for line in listed:
            self.assertEqual(line.count("\n"), 1)
            said = json.loads(line)
            entry = line[line.index('"entry":') + len('"entry":') : -2].encode()
            self.assertEqual(hashlib.sha256(b"\0" + entry).hexdigest(), said["leaf_hash"])

    def test_another_organization_is_not_in_it(self) -> None:
        self.assertNotIn(str(EVIL.id), "".join(lines("jsonl", ACME.id)))
