"""docs/roles.md says what the product decides by."""

import subprocess
import sys
from pathlib import Path

from keyvault.actor import Role, Verb
from orgs.decide import EXPLANATIONS
from orgs.permissions import Action
from orgs.roles_page import ACTS, page

CODE = Path(__file__).resolve().parents[2]


def test_the_page_in_the_docs_is_the_one_made_from_the_table() -> None:
    written = (CODE / "docs" / "roles.md").read_text(encoding="utf-8")
    assert written == page(), "run: python -m orgs.roles_page > docs/roles.md"


def test_the_command_that_the_page_names_prints_it() -> None:
    command = [sys.executable, "-m", "orgs.roles_page"]
    printed = subprocess.run(command, cwd=CODE, capture_output=True, check=True).stdout
    assert printed.decode() == page()


def test_every_act_role_verb_and_rule_is_told() -> None:
    text = page()
    assert set(ACTS) == set(Action)
    assert len(set(ACTS.values())) == len(ACTS)
    assert all(f"| `{action}` |" in text for action in Action)
    assert all(f"**{role.title()}**" in text for role in Role)
    assert all(f"`{verb}`" in text for verb in Verb)
    assert all(f"| `{rule}` |" in text for rule in EXPLANATIONS)
