"""``manage.py recover_sso``: an organization that insists on a provider which nobody gets through to any more."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from keyvault.actor import system
from keyvault.errors import KeyVaultError
from orgs.models import Organization
from orgs.services.policies import change_policy


class Command(BaseCommand):
    help = (
        "Stop insisting on single sign-on in one organization, so that its members sign in by password, reset by mail, "
        "or passkey again. Connections stay as they are. It is an event in the organization's log."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("organization", help="its slug")

    def handle(self, *_: str, organization: str, **options: Any) -> None:
        org = Organization.objects.filter(slug=organization).first()
        if org is None:
            raise CommandError(f"There is no organization {organization}.")
        if not org.sso_enforced:
            raise CommandError(f"{org.slug} does not insist on single sign-on.")
        try:
            change_policy(actor=system("recover_sso"), org=org, sso_enforced=False)
        except KeyVaultError as refusal:
            raise CommandError(refusal.detail) from None
        self.stdout.write(f"{org.slug} no longer insists on single sign-on. Who has no password resets it by mail.")
