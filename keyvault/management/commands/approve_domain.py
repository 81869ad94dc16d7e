"""``manage.py approve_domain``: an operator's word that a mail domain is an organization's, without a DNS record."""

import argparse
from dataclasses import replace
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from keyvault.actor import system
from keyvault.errors import KeyVaultError
from orgs.models import Domain, Organization
from orgs.services.domains import approve_domain, claim_domain, clean_domain


class Command(BaseCommand):
    help = (
        "Prove a mail domain for an organization by your word: where it is in no DNS that this server can ask. Whoever "
        "runs the organization's identity provider can then sign in as anybody with an address in the domain."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("organization", help="its slug")
        parser.add_argument("domain")

    def handle(self, *_: str, organization: str, domain: str, **options: Any) -> None:
        org = Organization.objects.filter(slug=organization).first()
        if org is None:
            raise CommandError(f"There is no organization {organization}.")
        actor = replace(system("approve_domain"), org_id=org.pk)
        try:
            claimed = Domain.objects.select_related("org").filter(org=org, name=clean_domain(domain)).first()
            proven = approve_domain(actor=actor, domain=claimed or claim_domain(actor=actor, org=org, name=domain))
        except KeyVaultError as refusal:
            raise CommandError(refusal.detail) from None
        self.stdout.write(f"{proven.name} is {org.slug}'s.")
