"""Actors, targets and a look at the log for the tests of the log."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import psycopg
from django.conf import settings

from audit.models import Event
from keyvault.actor import Actor, ActorType, Origin, TokenKind, TokenScope, Verb
from keyvault.target import Ref, Target
from tests.log import events_of_this_test

ACME = Ref(UUID("01990000-0000-7000-8000-00000000ac3e"), "Acme")
PAYMENTS = Ref(UUID("01990000-0000-7000-8000-0000000000aa"), "payments")
PRODUCTION = Ref(UUID("01990000-0000-7000-8000-0000000000bb"), "production")
STRIPE = Ref(UUID("01990000-0000-7000-8000-0000000000cc"), "billing/STRIPE_KEY")


def person(**changes: Any) -> Actor:
    facts: dict[str, Any] = {
        "type": ActorType.PERSON,
        "id": uuid4(),
        "name": "Dev Eloper",
        "origin": Origin("203.0.113.9", "curl/8.5"),
        "org_id": ACME.id,
    }
    return Actor(**{**facts, **changes})


def token(**changes: Any) -> TokenScope:
    facts: dict[str, Any] = {"token_id": uuid4(), "name": "ci", "kind": TokenKind.CI, "verbs": frozenset({Verb.READ})}
    return TokenScope(**{**facts, **changes})


def stripe(version: int | None = 3) -> Target:
    return Target(org=ACME, project=PAYMENTS, environment=PRODUCTION, secret=STRIPE, version=version)


def committed() -> Target:
    """For a test that commits: an organization of its own, because nothing takes its events away again."""
    return replace(stripe(), org=Ref(uuid4(), "Committed"))


def app_role() -> str:
    return str(settings.APP_DATABASE_ROLE)


def owner_role() -> str:
    return urlsplit(os.environ["KEYVAULT_OWNER_DATABASE_URL"]).username or ""


def events(action: str) -> list[Event]:
    return list(events_of_this_test().filter(action=action).order_by("id"))


@contextmanager
def owner(*, autocommit: bool = False) -> Iterator[psycopg.Connection]:
    """The owner's own connection; what it did is rolled back unless it commits by itself."""
    url = os.environ["KEYVAULT_OWNER_DATABASE_URL"]
    with closing(psycopg.connect(url, autocommit=autocommit, connect_timeout=5)) as connection:
        yield connection
