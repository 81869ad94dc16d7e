"""The arguments and files of ``keys import-fernet``."""

import argparse
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from keyvault.actor import Actor, Origin
from keyvault.errors import NotFound
from keyvault.flows.keys.import_fernet import import_fernet, parse_tokens
from keyvault.keyring.fernet import legacy_key
from keyvault.secrets.models import Environment
from orgs.access import person_in
from orgs.models import Membership

_AGENT = "manage.py keys import-fernet"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("tokens", help="a file of NAME=token lines or of one JSON object, or - for standard input")
    parser.add_argument("--into", required=True, metavar="ORGANIZATION/PROJECT/ENVIRONMENT")
    parser.add_argument("--as", required=True, dest="email", help="the member whose rights count and who is recorded")
    key = parser.add_mutually_exclusive_group(required=True)
    key.add_argument("--key-file", type=Path, help="the Fernet key, 44 characters")
    key.add_argument("--passphrase-file", type=Path, help="what the key was derived from, by PBKDF2-HMAC-SHA256")
    parser.add_argument("--salt-file", type=Path, help="with a passphrase: the salt, as it was used")
    parser.add_argument("--iterations", type=int, help="with a passphrase: as many as were used")


def run(options: dict[str, Any], operator: Actor) -> str:
    """A sentence with counts; neither a value nor a token."""
    environment = _environment(options["into"])
    imported = import_fernet(
        operator=operator,
        actor=_member(environment, options["email"]),
        environment=environment,
        tokens=parse_tokens(_text(options["tokens"])),
        key=_key(options),
    )
    seen = imported.preview
    return f"{len(seen.new)} new, {len(seen.changed)} changed, {len(seen.same)} the same. Receipt: {imported.receipt}"


def _environment(path: str) -> Environment:
    match path.split("/"):
        case [org, project, slug]:
            named = Environment.objects.filter(org__slug=org, project__slug=project, slug=slug)
            if found := named.select_related("org", "project__org").first():
                return found
    raise NotFound(f"There is no environment {path}; it reads organization/project/environment")


def _member(environment: Environment, email: str) -> Actor:
    """Without a stepped-up session: what asks for one is not done from here."""
    members = Membership.objects.acting().select_related("user", "org")
    membership = members.filter(org=environment.org, user__email__iexact=email).first()
    if membership is None:
        raise NotFound(f"{email} is not an active member of {environment.org.slug}")
    return person_in(membership, origin=Origin(agent=_AGENT))


def _key(options: dict[str, Any]) -> bytes:
    if options["key_file"]:
        return _bytes(options["key_file"])
    if options["salt_file"] is None or not options["iterations"] or options["iterations"] < 1:
        raise CommandError("--passphrase-file needs --salt-file and --iterations", returncode=2)
    passphrase, salt = (_bytes(options[name]) for name in ("passphrase_file", "salt_file"))
    return legacy_key(passphrase, salt=salt, rounds=options["iterations"])


def _text(path: str) -> str:
    content = sys.stdin.buffer.read() if path == "-" else _bytes(Path(path))
    return content.decode(errors="replace")


def _bytes(path: Path) -> bytes:
    """Without the one line break that editors put at the end."""
    try:
        return path.read_bytes().removesuffix(b"\n").removesuffix(b"\r")
    except OSError as problem:
        raise CommandError(f"{path} cannot be read: {problem.strerror}") from None
