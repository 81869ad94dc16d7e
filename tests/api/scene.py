"""The cast with a token each, a stored key, and a client that speaks JSON."""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.test import Client, override_settings

from accounts.models import User
from keyvault.actor import Actor, TokenKind, Verb
from keyvault.api import throttles
from keyvault.cache import FallbackCache
from keyvault.secrets.models import Secret
from keyvault.secrets.services.grants import grant
from keyvault.secrets.services.storing import add_version, create_secret
from keyvault.secrets.values import Value
from tests.cast import ORIGIN, CastTestCase
from tokens.models import ServiceIdentity
from tokens.services import authenticate, issue_token

NOWHERE = "redis://127.0.0.1:1"
ALL = tuple(Verb)
DAY = dt.timedelta(days=1)
KEY = "sk_test_4eC39HqLyjWDarjtT1zdp7dc"
DEVELOPMENT = "/api/v1/projects/shop/environments/development"
PRODUCTION = "/api/v1/projects/shop/environments/production"


class ApiTestCase(CastTestCase):
    """``tokens``: olivia, adam, dev, vera and mallory may all that they may; ci reads development; robot manages."""

    tokens: dict[str, str]
    stripe: Secret

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        stage = cls()
        owner = stage.actor(cls.olivia, stepped_up=True)
        for member in (cls.dev, cls.vera):
            grant(actor=owner, to=stage.membership(member), project=cls.shop)
        cls.stripe = stage.stored("api-keys/stripe", Value.text("sk_test_the_first"))
        cls.stripe = add_version(actor=owner, secret=cls.stripe, value=Value.text(KEY)).secret
        people = (cls.olivia, cls.adam, cls.dev, cls.vera, cls.mallory)
        cls.tokens = {person.name.lower(): stage.personal(person) for person in people}
        ci = (Verb.LIST, Verb.READ)
        cls.tokens["ci"] = stage.of_service("ci", ci, project=cls.shop, environment=cls.development)
        cls.tokens["robot"] = stage.of_service("robot", ALL)

    def setUp(self) -> None:
        self.enterContext(own_cache())
        self.client = Client(raise_request_exception=False)
        super().setUp()

    def stored(self, name: str, value: Value, environment: str = "development") -> Secret:
        place = getattr(self, environment)
        return create_secret(actor=self.actor(self.olivia), environment=place, name=name, value=value).secret

    def personal(self, person: User, name: str = "", verbs: tuple[Verb, ...] = ALL, **scope: Any) -> str:
        name = name or f"{person.name}'s laptop"
        actor = self.actor(person, stepped_up=True)
        issued = issue_token(actor=actor, kind=TokenKind.PERSON, name=name, verbs=verbs, lifetime=DAY, **scope)
        return issued.value or ""

    def of_service(self, slug: str, verbs: tuple[Verb, ...], name: str = "", **scope: Any) -> str:
        service, _ = ServiceIdentity.objects.get_or_create(org=self.acme, slug=slug, name=slug)
        owner = self.actor(self.olivia, stepped_up=True)
        scope = {"actor": owner, "kind": TokenKind.SERVICE, "owner": service, **scope}
        return issue_token(name=name or f"Deploys of {slug}", verbs=verbs, lifetime=DAY, **scope).value or ""

    def acting(self, who: str) -> Actor:
        """Who acts by that token."""
        return authenticate(self.tokens[who], origin=ORIGIN)

    def call(self, who: str | None, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """``who`` is a key of ``tokens``, or a token; None: nobody."""
        if who is not None:
            headers["Authorization"] = f"Bearer {self.tokens.get(who, who)}"
        content = b"" if body is None else json.dumps(body).encode()
        return self.client.generic(method, path, content, "application/json", headers=headers)

    def get(self, who: str | None, path: str, **headers: str) -> Any:
        return self.call(who, "GET", path, **headers)

    def post(self, who: str | None, path: str, body: Any = None, **headers: str) -> Any:
        return self.call(who, "POST", path, body, **headers)

    def patch(self, who: str | None, path: str, body: Any = None) -> Any:
        return self.call(who, "PATCH", path, body)

    def assertRefused(self, response: Any, status: int, rule: str) -> dict[str, Any]:
        self.assertEqual((response.status_code, response.json()["rule"]), (status, rule), response.content)
        problem: dict[str, Any] = response.json()
        return problem

    def words(self) -> list[str]:
        """The events since the last time, as assertEvents has them."""
        return [each.action if each.outcome == "success" else f"{each.action}:{each.outcome}" for each in self.events()]


@contextmanager
def own_cache() -> Iterator[None]:
    """Keys of its own in the Redis that parallel tests share, and nothing counted before."""
    throttles.forget()
    with _cache(KEY_PREFIX=uuid4().hex):
        yield
    throttles.forget()


@contextmanager
def redis_away() -> Iterator[None]:
    """The cache's server does not answer, as after a kill; what this process has counted it still knows."""
    FallbackCache._away_until = 0.0
    with _cache(LOCATION=NOWHERE):
        try:
            yield
        finally:
            FallbackCache._away_until = 0.0


def _cache(**options: str) -> Any:
    return override_settings(CACHES={"default": {**settings.CACHES["default"], **options}})


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside leaves nothing behind. A bare savepoint, because services want to be outermost."""
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)


def no_decryption() -> Any:
    """Fails the test where anything opens a value."""
    return mock.patch("keyvault.keyring.ring.open_values", side_effect=AssertionError("a value was opened"))
