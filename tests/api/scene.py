"""The cast with a token each, a stored key, and a client that speaks JSON."""

import datetime as dt
import json
from typing import Any
from unittest import mock

from django.core.cache import cache
from django.test import Client

from keyvault.actor import Actor, TokenKind, Verb
from keyvault.api import throttles
from keyvault.secrets.models import Secret
from keyvault.secrets.services.grants import grant
from keyvault.secrets.services.storing import create_secret
from keyvault.secrets.values import Value
from tests.cast import CastTestCase
from tokens.services import create_service_identity, issue_token

ALL = tuple(Verb)
DAY = dt.timedelta(days=1)
KEY = "sk_test_4eC39HqLyjWDarjtT1zdp7dc"
DEVELOPMENT = "/api/v1/projects/shop/environments/development"
PRODUCTION = "/api/v1/projects/shop/environments/production"


class ApiTestCase(CastTestCase):
    """``self.tokens``: olivia, adam, dev, vera, ci (a service identity), robot (a managing one), mallory."""

    tokens: dict[str, str]
    stripe: Secret

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        stage = cls()
        owner = stage.actor(cls.olivia, stepped_up=True)
        for member in (cls.dev, cls.vera):
            grant(actor=owner, to=stage.membership(member), project=cls.shop)
        cls.stripe = create_secret(
            actor=owner, environment=cls.development, name="api-keys/stripe", value=Value.text(KEY)
        ).secret
        cls.tokens = {
            name: personal_token(stage.actor(person), name)
            for name, person in (
                ("olivia", cls.olivia),
                ("adam", cls.adam),
                ("dev", cls.dev),
                ("vera", cls.vera),
                ("mallory", cls.mallory),
            )
        }
        cls.tokens |= {
            "ci": service_token(owner, "ci", (Verb.LIST, Verb.READ), project=cls.shop, environment=cls.development),
            "robot": service_token(owner, "robot", ALL),
        }

    def setUp(self) -> None:
        cache.clear()
        throttles.forget()
        self.client = Client(raise_request_exception=False)
        super().setUp()

    def call(self, who: str | None, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """``who`` is a key of ``self.tokens``, or a token; None: nobody."""
        if who is not None:
            headers["Authorization"] = f"Bearer {self.tokens.get(who, who)}"
        content = b"" if body is None else json.dumps(body).encode()
        return self.client.generic(method, path, content, "application/json", headers=headers)

    def get(self, who: str | None, path: str, **headers: str) -> Any:
        return self.call(who, "GET", path, **headers)

    def post(self, who: str | None, path: str, body: Any = None, **headers: str) -> Any:
        return self.call(who, "POST", path, body, **headers)

    def put(self, who: str | None, path: str, body: Any = None) -> Any:
        return self.call(who, "PUT", path, body)

    def patch(self, who: str | None, path: str, body: Any = None) -> Any:
        return self.call(who, "PATCH", path, body)

    def delete(self, who: str | None, path: str) -> Any:
        return self.call(who, "DELETE", path)

    def assertRefused(self, response: Any, status: int, rule: str) -> dict[str, Any]:
        self.assertEqual((response.status_code, response.json()["rule"]), (status, rule), response.content)
        problem: dict[str, Any] = response.json()
        return problem


def personal_token(actor: Actor, name: str, verbs: tuple[Verb, ...] = ALL, **options: Any) -> str:
    issued = issue_token(
        actor=actor, kind=TokenKind.PERSON, name=f"{name}'s laptop", verbs=verbs, lifetime=DAY, **options
    )
    return issued.value or ""


def service_token(actor: Actor, name: str, verbs: tuple[Verb, ...], **options: Any) -> str:
    service = create_service_identity(actor=actor, org=_org(actor), name=name)
    issued = issue_token(
        actor=actor,
        kind=TokenKind.SERVICE,
        name=f"deploys of {name}",
        verbs=verbs,
        owner=service,
        lifetime=DAY,
        **options,
    )
    return issued.value or ""


def _org(actor: Actor) -> Any:
    from orgs.models import Organization

    return Organization.objects.get(pk=actor.org_id)


def no_decryption() -> Any:
    """Fails the test where anything opens a value."""
    return mock.patch("keyvault.keyring.ring.open_values", side_effect=AssertionError("a value was opened"))
