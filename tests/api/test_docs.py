"""docs/api.md has every address with every method, and every status."""

import json
import re
from pathlib import Path

from django.test import SimpleTestCase

from keyvault.api.docs import document
from keyvault.secrets.export_formats import FORMATS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text()
PLACE = "/projects/{project}/environments/{environment}"


class DocsTests(SimpleTestCase):
    def test_every_address_stands_in_the_page_with_its_methods(self) -> None:
        documented = _documented()
        for path, methods in json.loads(document())["paths"].items():
            short = path.removeprefix("/api/v1").replace(PLACE, "<env>")
            with self.subTest(short):
                self.assertEqual(documented.get(short), {method.upper() for method in methods})

    def test_the_page_has_no_address_that_does_not_exist(self) -> None:
        exist = {path.removeprefix("/api/v1").replace(PLACE, "<env>") for path in json.loads(document())["paths"]}
        self.assertEqual(set(_documented()), exist)

    def test_every_status_is_explained(self) -> None:
        told = set(
            re.findall(r"\b[1-5]\d\d\b", " ".join(line for line in PAGE.splitlines() if re.match(r"\| \d", line)))
        )
        for methods in json.loads(document())["paths"].values():
            for operation in methods.values():
                refusals = {status for status in operation["responses"] if status[0] in "45"}
                self.assertLessEqual(refusals, told, operation["operationId"])

    def test_every_format_is_named(self) -> None:
        [line] = [line for line in PAGE.splitlines() if "/exports" in line]
        for name in FORMATS:
            self.assertIn(name, line)


def _documented() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for line in PAGE.splitlines():
        if match := re.match(r"\| `([A-Z ]+) ([^`]+)`(?:, `([^`]+)`)? \|", line):
            for path in filter(None, match.groups()[1:]):
                found[path] = set(match[1].split())
    return found
