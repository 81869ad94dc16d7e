"""Names of secrets: a path of segments, and the variable that a secret becomes in exports."""

import re
from collections.abc import Iterable

from keyvault.secrets.paths import PATH_LIMIT
from orgs.names import invalid

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VARIABLE_LIMIT = 128


def clean_secret_name(name: str, *, field: str = "name") -> str:
    """One or more segments joined by ``/``, at most 512 characters, no ``..``. Raises Invalid."""
    if len(name) > PATH_LIMIT or ".." in name or not _NAME.fullmatch(name):
        raise invalid(
            field,
            f"One or more segments of letters, digits, _ . - joined by /, at most {PATH_LIMIT} characters, no '..'.",
        )
    return name


def clean_variable(variable: str, *, field: str = "variable") -> str:
    """A name that every shell takes, or empty for the one made from the path. Raises Invalid."""
    if variable and (len(variable) > _VARIABLE_LIMIT or not _VARIABLE.fullmatch(variable)):
        raise invalid(field, f"Letters, digits and _, not beginning with a digit, at most {_VARIABLE_LIMIT}.")
    return variable


def variable_of(name: str, *, configured: str = "", part: str = "") -> str:
    """The configured variable, else the last segment; with ``part`` (a field) appended; upper case, - and . as _."""
    stem = configured or name.rsplit("/", 1)[-1]
    made = f"{stem}_{part}" if part else stem
    made = made if configured and not part else re.sub(r"[-.]", "_", made).upper()
    return f"_{made}" if made[0].isdigit() else made


def collisions(variables: Iterable[str]) -> list[str]:
    """Those that occur more than once, sorted."""
    seen: set[str] = set()
    twice = {variable for variable in variables if variable in seen or seen.add(variable)}  # type: ignore[func-returns-value]  # add returns None
    return sorted(twice)
