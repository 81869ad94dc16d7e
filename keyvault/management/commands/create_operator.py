"""``manage.py create_operator``: somebody who may use the admin, made where KeyVault runs."""

import argparse
import getpass
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from keyvault.actor import PlatformRole
from keyvault.errors import KeyVaultError
from keyvault.flows.operators import add_operator, create_operator


class Command(BaseCommand):
    help = (
        "Make an operator: a new person, or further platform roles for somebody who has an account. The password of a "
        "new person is asked for, or read from standard input; the second factor is set up at the first sign-in."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="", help="of a new person")
        parser.add_argument(
            "--role",
            action="append",
            type=PlatformRole,
            choices=list(PlatformRole),
            metavar="ROLE",
            help=f"one of {', '.join(PlatformRole)}; may be given several times (default: super_admin)",
        )

    def handle(self, *_: str, email: str, name: str, role: list[PlatformRole] | None, **options: Any) -> None:
        roles = role or [PlatformRole.SUPER_ADMIN]
        try:
            if User.objects.filter(email__iexact=email.strip()).exists():
                user = add_operator(email=email, roles=roles)
            else:
                user = create_operator(email=email, name=name, password=_password(), roles=roles)
        except KeyVaultError as refusal:
            raise CommandError(refusal.detail) from None
        self.stdout.write(f"{user.email} is an operator: {', '.join(sorted(roles))}. Sign in and open /admin/.")


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Password again: ") != password:
        raise CommandError("The two passwords differ.")
    return password
