"""docs/scim.md: its commands work in their order, and its numbers are those of the code."""

import json
import re
from pathlib import Path

from keyvault.scim import endpoint, lists
from keyvault.scim.resources import LARGEST_PAGE
from orgs.services.scim_tokens import DAYS
from tests.scim.scene import DirectoryTestCase

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scim.md"


class DocsTests(DirectoryTestCase):
    def test_the_commands_add_nora_and_end_her_access(self) -> None:
        text = PAGE.read_text()
        user, group, off = (json.loads(body) for body in re.findall(r"-d '(.*?)'", text, re.DOTALL))
        [said] = re.findall(r"--data-urlencode '(.*?)'", text)
        nora = self.post("/Users", user).json()
        self.assertEqual(self.get(f"/Users?{said.replace(' ', '%20')}").json()["Resources"], [nora])
        group["members"][0]["value"] = nora["id"]
        self.assertEqual(self.post("/Groups", group).status_code, 201)
        self.assertIs(self.call("PATCH", f"/Users/{nora['id']}", off).json()["active"], False)

    def test_the_numbers(self) -> None:
        text = PAGE.read_text()
        self.assertIn(f"at most {lists.ONE_BY_ONE} users or groups", text)
        self.assertIn(f"at most {LARGEST_PAGE}", text)
        self.assertIn(f"at most {endpoint.MOST_OPERATIONS} operations", text)
        self.assertIn(f"{endpoint.BODY_LIMIT // 1024**2} MiB", text)
        self.assertIn("{}, {} or {} days".format(*DAYS), text)
