"""What a provider says of a person, as texts; and which role and teams that makes. Pure."""

from collections.abc import Iterable, Mapping

from keyvault.actor import Role
from orgs.ranks import rank

Claims = Mapping[str, frozenset[str]]


def flatten(said: Mapping[str, object]) -> dict[str, frozenset[str]]:
    """Texts, numbers and truths by name; those of nested objects by dotted path (``realm_access.roles``)."""
    found: dict[str, frozenset[str]] = {}
    for name, value in said.items():
        if isinstance(value, Mapping):
            found |= {f"{name}.{inner}": texts for inner, texts in flatten(value).items()}
        else:
            found[str(name)] = _texts(value)
    return found


def highest(roles: Iterable[Role]) -> Role | None:
    return max(roles, key=rank, default=None)


def _texts(value: object) -> frozenset[str]:
    if isinstance(value, bool):
        return frozenset({str(value).lower()})
    if isinstance(value, str | int):
        return frozenset({str(value)})
    if isinstance(value, Iterable):
        return frozenset(text for each in value if isinstance(each, str | int) for text in _texts(each))
    return frozenset()
