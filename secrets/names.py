"""Names of secrets: a path of segments, and the variable that a secret becomes in exports."""

import re
from collections import Counter
from collections.abc import Iterable

from keyvault.secrets.paths import NAME, PATH_LIMIT
from orgs.names import invalid

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VARIABLE_LIMIT = 128


def clean_secret_name(name: str, *, field: str = "name") -> str:
    """One or more segments joined by ``/``, at most 512 characters, no ``..``. Raises Invalid."""
    if len(name) > PATH_LIMIT or ".." in name or not NAME.fullmatch(name):
        raise invalid(
            field,
            f"One or more segments of letters, digits, _ . - joined by /, at most {PATH_LIMIT} characters, no '..'.",
        )
    return name


def clean_variable(variable: str, *, field: str = "variable") -> str:
    """A name that every shell takes, or empty for the one made from the path. Raises Invalid."""
    if variable and (len(variable) > _VARIABLE_LIMIT or not is_variable(variable)):
        raise invalid(field, f"Letters, digits and _, not beginning with a digit, at most {_VARIABLE_LIMIT}.")
    return variable


def variable_of(name: str, *, configured: str = "", part: str = "") -> str:
    """The configured variable, else the last segment, and ``_`` and the field ``part``; upper case, - and . as _.

    A configured one without field stays as it is. The result need not be a variable: see :func:`is_variable`.
    """
    if configured and not part:
        return configured
    stem = configured or name.rsplit("/", 1)[-1]
    return re.sub(r"[-.]", "_", f"{stem}_{part}" if part else stem).upper()


def is_variable(made: str) -> bool:
    """POSIX.1-2017 §3.235: a letter or underscore, then letters, digits and underscores."""
    return _VARIABLE.fullmatch(made) is not None


def collisions(variables: Iterable[str]) -> list[str]:
    """Those that occur more than once, sorted."""
    return sorted(variable for variable, times in Counter(variables).items() if times > 1)
