"""The programs that read what KeyVault exports, run as they are; each gives the variables that it found."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import dotenv
import yaml

Variables = dict[str, str]
Reader = Callable[[Path], Variables]

_PARSE_ENV = (
    "const {readFileSync} = require('fs'), {parseEnv} = require('util');"
    "process.stdout.write(JSON.stringify(parseEnv(readFileSync(process.argv[1], 'utf8'))))"
)


def python_dotenv(file: Path) -> Variables:
    """With its interpolation on, as it is by default."""
    return {name: value or "" for name, value in dotenv.dotenv_values(file, interpolate=True).items()}


def node(file: Path) -> Variables:
    found: Variables = json.loads(_output(["node", "-e", _PARSE_ENV, str(file)]))
    return found


def bash(file: Path) -> Variables:
    return _sourced("bash", file)


def sh(file: Path) -> Variables:
    return _sourced("sh", file)


def json_file(file: Path) -> Variables:
    found: Variables = json.loads(file.read_bytes())
    return found


def yaml_file(file: Path) -> Variables:
    found: Variables = yaml.safe_load(file.read_bytes())
    return found


def compose(file: Path) -> Variables:
    """The part of compose-go's parser (dotenv/parser.go, extractVarValue) that concerns quoted values."""
    found: Variables = {}
    rest = file.read_bytes().decode()
    while rest:
        if rest.startswith("#"):
            rest = rest.partition("\n")[2]
            continue
        name, _, rest = rest.partition("=")
        found[name], rest = _compose_value(rest)
        rest = rest.partition("\n")[2]
    return found


def docker(file: Path) -> Variables:
    """``docker run --env-file`` (docker/cli, opts/file.go): comments, else NAME=value to the end of the line."""
    lines = file.read_bytes().decode().split("\n")
    assert max(len(line.encode()) for line in lines) < 65_536  # bufio.MaxScanTokenSize
    pairs = (line.lstrip().removesuffix("\r").partition("=") for line in lines)
    return {name: value for name, _, value in pairs if name and not name.startswith("#")}


def github(file: Path) -> Variables:
    """The step's shell runs the script; then the runner reads what was appended to ``$GITHUB_ENV``."""
    appended = file.with_suffix(".github")
    _output(["bash", "-e", str(file)], GITHUB_ENV=str(appended))
    found: Variables = {}
    lines = iter(appended.read_bytes().decode().split("\n"))
    for head in lines:
        name, heredoc, end = head.partition("<<")
        if heredoc:
            found[name] = "\n".join(iter(lambda: next(lines), end))
    return found


def readers(dialect: str) -> list[Reader]:
    """Those that a file of the dialect is for; Node only where it is installed and knows ``parseEnv`` (20.12)."""
    of_node: list[Reader] = [node] if _has_node() else []
    by_dialect: dict[str, list[Reader]] = {
        "": [python_dotenv, bash, sh, compose, *of_node],
        "node": of_node,
        "python": [python_dotenv],
        "shell": [bash, sh],
        "compose": [compose],
    }
    return by_dialect[dialect]


def _has_node() -> bool:
    if shutil.which("node") is None:
        return False
    return _output(["node", "-p", "typeof require('util').parseEnv"]).strip() == b"function"


def _sourced(shell: str, file: Path) -> Variables:
    pairs = _output([shell, "-c", f"set -a; . '{file}'; exec env -0"]).split(b"\0")
    named = (pair.decode().partition("=") for pair in pairs if pair)
    return {name: value for name, _, value in named}


def _compose_value(rest: str) -> tuple[str, str]:
    quote, value, at = rest[0], "", 1
    if quote not in "'\"":
        return rest.partition("\n")[0], rest[rest.find("\n") :]
    while True:
        if rest[at] == "\\" and rest[at + 1] == quote:
            value, at = value + quote, at + 2
        elif rest[at] == "\\":  # kept, and what follows it begins no escape
            value, at = value + rest[at : at + 2], at + 2
        elif rest[at] == quote:
            return value, rest[at + 1 :]
        else:
            value, at = value + rest[at], at + 1


def _output(command: list[str], **variables: str) -> bytes:
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **variables}
    return subprocess.run(command, env=environment, check=True, capture_output=True).stdout
