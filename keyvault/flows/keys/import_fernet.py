"""``keys import-fernet``: values of an older store are opened and sealed anew, in the name of a member."""

import json
from collections.abc import Mapping

from audit.services import JSON, record
from keyvault.actor import Actor
from keyvault.errors import CannotOpen, Invalid
from keyvault.keyring.fernet import open_legacy
from keyvault.secrets.models import Environment
from keyvault.secrets.services.importing import Imported, import_values

_NAMED = 10  # names in a refusal


def import_fernet(
    *, operator: Actor, actor: Actor, environment: Environment, tokens: Mapping[str, bytes], key: bytes
) -> Imported:
    """All values or none. ``actor`` is the member whose rights count and in whose name secrets are made.

    That an operator used the member's name is recorded first. Raises CannotOpen with the names of tokens that do not
    open under ``key``, and what :func:`keyvault.secrets.services.importing.import_values` raises.
    """
    values = _open_all(tokens, key)
    details: dict[str, JSON] = {"as": actor.name, "tokens": len(tokens)}
    record("keys:import-fernet", actor=operator, on=environment.target, details=details)
    return import_values(actor=actor, environment=environment, values=values)


def parse_tokens(text: str) -> dict[str, bytes]:
    """A JSON object of name to token, or lines ``NAME=token`` with blank lines and ``#`` comments between.

    Raises Invalid without repeating a token.
    """
    pairs = _json_pairs(text) if text.lstrip().startswith("{") else _line_pairs(text)
    if twice := sorted({name for name, _ in pairs if sum(name == other for other, _ in pairs) > 1}):
        raise Invalid(f"{twice[0]} is named twice")
    return {name: token.encode(errors="replace") for name, token in pairs}


def _open_all(tokens: Mapping[str, bytes], key: bytes) -> dict[str, bytes]:
    values, shut = {}, []
    for name, token in tokens.items():
        try:
            values[name] = open_legacy(token, key)
        except CannotOpen:
            shut.append(name)
    if shut:
        named = ", ".join(shut[:_NAMED]) + (", …" if len(shut) > _NAMED else "")
        raise CannotOpen(f"{len(shut)} of {len(tokens)} tokens do not open with this key; none is imported: {named}")
    return values


def _json_pairs(text: str) -> list[tuple[str, str]]:
    try:
        pairs = json.loads(text, object_pairs_hook=list)
    except (json.JSONDecodeError, RecursionError):
        raise Invalid("The file begins like JSON and is none") from None
    if not all(isinstance(token, str) for _, token in pairs):
        raise Invalid("The JSON is not one object of names and tokens")
    return list(pairs)


def _line_pairs(text: str) -> list[tuple[str, str]]:
    pairs = []
    for number, line in enumerate(text.splitlines(), 1):
        name, equals, token = line.strip().partition("=")
        if name.startswith("#") or not (name or equals):
            continue
        if not (name and token):
            raise Invalid(f"Line {number} does not read NAME=token")
        pairs.append((name.strip(), token.strip()))
    return pairs
