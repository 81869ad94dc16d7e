"""Writing values for other programs: exact, or refused by name. Pure.

No dialect of ``.env`` reads every value; what one cannot hold is refused and never bent.
"""

import datetime as dt
import json
import secrets
from collections.abc import Callable, Mapping

import yaml

from keyvault.errors import Invalid

Variables = Mapping[str, bytes]
"""Names of variables, in order, and their bytes."""

DIALECTS = ("node", "python", "shell", "compose")


def write(format_: str, variables: Variables, *, dialect: str = "", now: dt.datetime) -> str:
    """The text of an export. Raises Invalid for an unknown format or dialect, or a value it cannot hold."""
    if format_ not in FORMATS:
        raise _invalid("format", f"A format is one of {', '.join(FORMATS)}.")
    if dialect and (format_ != "dotenv" or dialect not in DIALECTS):
        raise _invalid("dialect", f"The dialects of dotenv are {', '.join(DIALECTS)}.")
    texts = {name: _text(name, value) for name, value in variables.items()}
    return FORMATS[format_](texts, now, dialect)


def _header(now: dt.datetime) -> str:
    return f"# Written by KeyVault at {now.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}. Do not commit this file.\n"


def _text(name: str, value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        raise _cannot(name, "it is binary") from None
    if "\0" in text:
        raise _cannot(name, "it holds NUL")
    return text


def _dotenv(texts: Mapping[str, str], now: dt.datetime, dialect: str) -> str:
    return _header(now) + "".join(f"{name}={_quoted(name, text, dialect)}\n" for name, text in texts.items())


def _quoted(name: str, text: str, dialect: str) -> str:
    """Single quotes where the value has none, else double quotes where nothing in it would be read specially.

    A backslash in single quotes is read as it is by Node and undone by others.
    """
    if "\r" in text:
        raise _cannot(name, "no dialect of dotenv holds a carriage return exactly")
    if dialect == "shell":
        return _shell_quoted(text)
    if dialect == "python" and "${" in text:
        raise _cannot(name, "python-dotenv expands ${…} in it, whatever the quotes")
    if "'" not in text and ("\\" not in text or dialect == "node"):
        return f"'{text}'"
    if not any(mark in text for mark in '"$\\`'):
        return f'"{text}"'
    if dialect == "node" and "`" not in text:
        return f"`{text}`"
    raise _cannot(name, "dotenv cannot hold its quotes; try another dialect or format")


def _shell(texts: Mapping[str, str], now: dt.datetime, dialect: str) -> str:
    return _header(now) + "".join(f"export {name}={_shell_quoted(text)}\n" for name, text in texts.items())


def _shell_quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _json(texts: Mapping[str, str], now: dt.datetime, dialect: str) -> str:
    return json.dumps(dict(texts), ensure_ascii=False, indent=2) + "\n"


def _yaml(texts: Mapping[str, str], now: dt.datetime, dialect: str) -> str:
    body: str = yaml.safe_dump(dict(texts), allow_unicode=True, sort_keys=False, default_style='"')
    return _header(now) + body


def _docker(texts: Mapping[str, str], now: dt.datetime, dialect: str) -> str:
    """An env-file of ``docker run``: NAME=value up to the end of the line, no quoting at all."""
    for name, text in texts.items():
        if "\n" in text or "\r" in text:
            raise _cannot(name, "a Docker env-file holds no line break")
    return _header(now) + "".join(f"{name}={text}\n" for name, text in texts.items())


def _github(texts: Mapping[str, str], now: dt.datetime, dialect: str) -> str:
    """A script for a GitHub Actions step: masks each line of each value, then appends to ``$GITHUB_ENV``."""
    lines = [_header(now)]
    for name, text in texts.items():
        lines += [f"echo {_shell_quoted('::add-mask::' + _masked(line))}\n" for line in text.splitlines() if line]
        end = f"ghadelimiter_{secrets.token_hex(16)}"
        lines.append(
            f"printf '%s\\n' {_shell_quoted(f'{name}<<{end}')} {_shell_quoted(text)} {end} >> \"$GITHUB_ENV\"\n"
        )
    return "".join(lines)


def _masked(line: str) -> str:
    return line.replace("%", "%25").replace("\r", "%0D")


def _example(texts: Mapping[str, str], now: dt.datetime, dialect: str) -> str:
    """Names without values: this one may be committed."""
    return "".join(f"{name}=\n" for name in texts)


def _cannot(name: str, why: str) -> Invalid:
    return Invalid(f"{name} cannot be written: {why}.", rule="not-expressible", extra={"variable": name})


def _invalid(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, extra={"field": field})


FORMATS: dict[str, Callable[[Mapping[str, str], dt.datetime, str], str]] = {
    "dotenv": _dotenv,
    "shell": _shell,
    "json": _json,
    "yaml": _yaml,
    "docker": _docker,
    "github": _github,
    "example": _example,
}
