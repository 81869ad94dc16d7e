"""``manage.py access explain``: why somebody may or may not do something somewhere, and who can change it."""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from keyvault.actor import TokenScope, system
from keyvault.errors import KeyVaultError
from keyvault.flows.explain import Considered, Explanation, explain
from keyvault.target import Target
from orgs.models import Organization
from orgs.permissions import Action


class Command(BaseCommand):
    help = "Explain a decision: allowed or refused, by which rule, on which grounds, and who can change it."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
        asked = acts.add_parser("explain", help="explain one decision")
        asked.add_argument("--org", required=True, help="slug of the organization")
        asked.add_argument(
            "--actor", required=True, help="e-mail, slug of a service, name of a token or kvs_prd_7Hq2…Xa9f"
        )
        asked.add_argument(
            "--action", required=True, type=Action, metavar="ACTION", help="secret:reveal, member:add, …"
        )
        asked.add_argument("--project", default="", help="slug")
        asked.add_argument("--environment", default="", help="slug")
        asked.add_argument("--secret", default="", help="path; the secret need not exist")

    def handle(self, *_: str, org: str, actor: str, action: Action, **place: Any) -> None:
        organization = Organization.objects.filter(slug=org).first()
        if organization is None:
            raise CommandError(f"There is no organization {org}.")
        asking = replace(system("access explain"), org_id=organization.pk)
        names = {name: place[name] for name in ("project", "environment", "secret")}
        try:
            found = explain(actor=asking, org=organization, action=action, subject=actor, **names)
        except KeyVaultError as refusal:
            raise CommandError(refusal.detail) from None
        self.stdout.write("\n\n".join("\n".join(lines(explanation)) for explanation in found))


def lines(explanation: Explanation) -> Iterator[str]:
    word = "allowed" if explanation.allowed else "refused"
    yield f"{explanation.subject}: {explanation.action} on {_place(explanation.target)} is {word}"
    yield f"  rule      {explanation.rule}: {explanation.sentence}"
    if explanation.role:
        yield f"  role      {explanation.role}"
    if explanation.remedy:
        yield f"  remedy    {explanation.remedy}"
    if explanation.can_change:
        yield f"  ask       {', '.join(explanation.can_change)}"
    for grant in explanation.grants:
        yield f"  grant     {_grant(grant)}"
    if explanation.token:
        yield f"  token     {_token(explanation.token, explanation.networks)}"


def _place(target: Target) -> str:
    parts = (target.org, target.project, target.environment, target.secret)
    return "/".join(part.name for part in parts if part)


def _grant(grant: Considered) -> str:
    where = grant.environment or "every unprotected environment"
    paths = f", paths {grant.prefix}" if grant.prefix else ""
    return f"{grant.holder}: {', '.join(grant.verbs)} in {where}{paths}{'' if grant.counts else ' (elsewhere)'}"


def _token(token: TokenScope, networks: tuple[str, ...]) -> str:
    limits = [
        f"verbs {', '.join(sorted(token.verbs)) or 'none'}",
        "one project" if token.project_id and not token.environment_id else "",
        "one environment" if token.environment_id else "",
        f"paths {', '.join(token.prefixes)}" if token.prefixes else "",
        f"from {', '.join(networks)}" if networks else "",
        "" if token.may_reveal_production else "no values of protected environments",
        f"until {token.expires_at:%Y-%m-%d %H:%M} UTC" if token.expires_at else "",
    ]
    return "; ".join(limit for limit in limits if limit)
