"""`.env.example` and the settings name the same variables."""

import ast
import re
from pathlib import Path

CODE = Path(__file__).resolve().parents[2]


def variables_read_by_the_settings() -> set[str]:
    tree = ast.parse((CODE / "keyvault" / "settings.py").read_text())
    return {name for node in ast.walk(tree) if isinstance(node, ast.Call) and (name := _read_by(node))}


def _read_by(call: ast.Call) -> str | None:
    reader = call.func.value if isinstance(call.func, ast.Attribute) else call.func
    if not (isinstance(reader, ast.Name) and reader.id == "env" and call.args):
        return None
    first = call.args[0]
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def variables_of_the_example() -> list[str]:
    return re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", (CODE / ".env.example").read_text(), re.MULTILINE)


def test_the_example_names_every_variable_that_the_settings_read() -> None:
    assert variables_read_by_the_settings() - set(variables_of_the_example()) == set()


def test_the_example_names_no_variable_that_nothing_reads() -> None:
    assert set(variables_of_the_example()) - variables_read_by_the_settings() == set()


def test_the_example_names_each_variable_once() -> None:
    names = variables_of_the_example()
    assert len(names) == len(set(names))


def test_the_reader_of_the_settings_finds_what_is_there() -> None:
    assert {"DATABASE_URL", "KEYVAULT_SECRET_KEY", "KEYVAULT_LOG_LEVEL"} <= variables_read_by_the_settings()


def test_what_the_example_sets_holds_no_secret() -> None:
    """Secrets have files of their own; the line of the mail server shows the form with a word for the password."""
    lines = (CODE / ".env.example").read_text().splitlines()
    assigned = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert set(assigned) == {"KEYVAULT_URL", "KEYVAULT_TRUSTED_PROXIES", "KEYVAULT_EMAIL_URL"}
