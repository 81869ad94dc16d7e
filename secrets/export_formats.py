"""Writing values for other programs: exact, or refused by name. Pure.

No dialect of ``.env`` reads every value; what one cannot hold is refused and never bent.
"""

import datetime as dt
import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import yaml

from keyvault.errors import Invalid
from keyvault.secrets.names import is_variable
from keyvault.secrets.quoting import DIALECTS, shell

_ANY_NAME = ("json", "yaml")  # a key need not be the name of a variable
_DOCKER_LINE = 65_534  # bytes: Docker's scanner takes 64 KiB with the line's end


@dataclass(frozen=True, slots=True)
class Variable:
    """``secret`` is the path that a refusal names."""

    name: str
    secret: str
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Assigned:
    name: str
    secret: str
    text: str = field(repr=False)


def require_format(format_: str, dialect: str = "") -> None:
    """Raises Invalid for a format or a dialect that there is not."""
    if format_ not in FORMATS:
        raise _invalid("format", f"A format is one of {', '.join(FORMATS)}.")
    if dialect and (format_ != "dotenv" or dialect not in DIALECTS):
        raise _invalid("dialect", f"The dialects of dotenv are {', '.join(filter(None, DIALECTS))}.")


def write(format_: str, variables: Iterable[Variable], *, dialect: str = "", now: dt.datetime) -> str:
    """The text, with a header where the format has comments. Raises Invalid for what it cannot hold."""
    require_format(format_, dialect)
    if format_ == "example":
        return write_example(variable.name for variable in variables)
    assigned = [_assigned(variable, any_name=format_ in _ANY_NAME) for variable in variables]
    if format_ == "dotenv":
        return _header(now) + _dotenv(assigned, dialect)
    return ("" if format_ == "json" else _header(now)) + _WRITERS[format_](assigned)


def write_example(names: Iterable[str], several: Iterable[str] = ()) -> str:
    """A ``.env.example``: names without values, to be committed. Of ``several`` each becomes one for each field."""
    lines = [f"{name}=\n" for name in names] + [f"# {stem}_… for each of its fields\n" for stem in several]
    return "".join(lines)


def _header(now: dt.datetime) -> str:
    return f"# Written by KeyVault at {now.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}. Do not commit this file.\n"


def _assigned(variable: Variable, *, any_name: bool) -> _Assigned:
    if not any_name and not is_variable(variable.name):
        raise _cannot(variable.secret, f"{variable.name!a} is no name of a variable; give it one of its own")
    try:
        text = variable.value.decode()
    except UnicodeDecodeError:
        raise _cannot(variable.secret, "it is binary") from None
    if "\0" in text:
        raise _cannot(variable.secret, "it holds NUL")
    return _Assigned(variable.name, variable.secret, text)


def _dotenv(assigned: Sequence[_Assigned], dialect: str) -> str:
    lines = []
    for each in assigned:
        quoted = DIALECTS[dialect](each.text)
        if quoted is None:
            other = "this dialect" if dialect else "a file for any reader"
            raise _cannot(each.secret, f"{other} cannot hold it exactly; try another dialect or format")
        lines.append(f"{each.name}={quoted}\n")
    return "".join(lines)


def _shell(assigned: Sequence[_Assigned]) -> str:
    return "".join(f"export {each.name}={shell(each.text)}\n" for each in assigned)


def _json(assigned: Sequence[_Assigned]) -> str:
    return json.dumps({each.name: each.text for each in assigned}, ensure_ascii=False, indent=2) + "\n"


def _yaml(assigned: Sequence[_Assigned]) -> str:
    texts = {each.name: each.text for each in assigned}
    body: str = yaml.safe_dump(texts, allow_unicode=True, sort_keys=False, default_style='"', width=1_000_000)
    return body


def _docker(assigned: Sequence[_Assigned]) -> str:
    """An env-file of ``docker run``: NAME=value up to the end of the line, no quoting at all."""
    lines = [f"{each.name}={each.text}" for each in assigned]
    for each, line in zip(assigned, lines, strict=True):
        if "\n" in line or "\r" in line:
            raise _cannot(each.secret, "a Docker env-file holds no line break")
        if len(line.encode()) > _DOCKER_LINE:
            raise _cannot(each.secret, "a Docker env-file holds no line of 64 KiB")
    return "".join(f"{line}\n" for line in lines)


def _github(assigned: Sequence[_Assigned]) -> str:
    """A script for a GitHub Actions step: masks each line of each value, then appends to ``$GITHUB_ENV``."""
    return "".join(_masks(each.text) + _appended(each) for each in assigned)


def _masks(text: str) -> str:
    """The runner hides a line wherever it occurs; a workflow command escapes % and CR."""
    lines = [line for line in text.split("\n") if line.strip()]
    commands = ["::add-mask::" + line.replace("%", "%25").replace("\r", "%0D") for line in lines]
    return "".join(f"printf '%s\\n' {shell(command)}\n" for command in commands)


def _appended(each: _Assigned) -> str:
    end = f"ghadelimiter_{secrets.token_hex(16)}"
    return f"printf '%s\\n' '{each.name}<<{end}' {shell(each.text)} {end} >> \"$GITHUB_ENV\"\n"


def _cannot(secret: str, why: str) -> Invalid:
    return Invalid(f"{secret} cannot be written: {why}.", rule="not-expressible", extra={"secret": secret})


def _invalid(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, extra={"field": field})


_WRITERS: dict[str, Callable[[Sequence[_Assigned]], str]] = {
    "shell": _shell,
    "json": _json,
    "yaml": _yaml,
    "docker": _docker,
    "github": _github,
}
FORMATS = ("dotenv", *_WRITERS, "example")
