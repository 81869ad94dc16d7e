"""Fills the stage: one organization, one project with 50 secrets, and a token that may read and rotate them."""

import datetime as dt
import os
from pathlib import Path

from accounts.models import User
from bench.facts import NAMES, Facts
from keyvault.actor import Origin, TokenKind, Verb
from keyvault.flows.sign_up import sign_up
from keyvault.keyring import ring
from keyvault.keyring.held import held_roots
from keyvault.keyring.purposes import Purpose, Ring
from keyvault.secrets.services.importing import import_values
from keyvault.secrets.services.projects import create_project
from orgs.access import person_in
from tokens.services import issue_token

_ORIGIN = Origin(address="127.0.0.1", agent="bench")


def seed() -> None:
    person = sign_up(
        origin=_ORIGIN, organization="Acme", person=lambda: User.objects.create_user(email="olivia@acme.example")
    )
    owner = person_in(person.organization.memberships.select_related("user", "org").get(), origin=_ORIGIN)
    project = create_project(actor=owner, name="Shop", slug="shop")
    development = project.environments.get(slug="development")
    import_values(
        actor=owner, environment=development, values={name: f"sk_live_{name * 3}".encode()[:56] for name in NAMES}
    )
    issued = issue_token(
        actor=owner,
        kind=TokenKind.PERSON,
        name="Benchmark of the shop",
        verbs=[Verb.LIST, Verb.READ, Verb.ADD, Verb.ROTATE],
        lifetime=dt.timedelta(days=1),
    )
    _facts(issued.value or "").write(Path(os.environ["BENCH_FACTS"]))


def _facts(token: str) -> Facts:
    root = next(iter(held_roots(Ring.MAIN).values()))
    mac = ring.instance_key(Purpose.AUDIT_MAC)
    return Facts(
        token=token,
        pepper=ring.instance_key(Purpose.PEPPER).secret.hex(),
        digest_prefix="kv-token-v1\0",
        mac_key=mac.secret.hex(),
        mac_key_id=str(mac.id),
        root_id=root.id.hex(),
        kek=root.kek.hex(),
    )
