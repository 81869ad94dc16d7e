"""Tokens of the cast, the ways to use them, and the clock."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.utils import timezone

from accounts.models import User
from keyvault.actor import Actor, Origin, TokenKind, Verb
from keyvault.errors import KeyVaultError
from keyvault.secrets.models import Environment, Grant
from tests.cast import ORIGIN, Cast, CastTestCase, CastTransactionTestCase
from tokens.limits import Limits
from tokens.models import AccessToken, ServiceIdentity
from tokens.services import Issued, authenticate, issue_token

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
BOUNDED = Limits(requests_per_minute=60, monthly_cents=500)


class Tokens(Cast):
    """``name`` is unique in an organization, so each helper takes one that says who uses it."""

    def personal(self, user: User, name: str = "", *, stepped_up: bool = False, **scope: Any) -> Issued:
        scope = {"verbs": [Verb.LIST, Verb.READ], "lifetime": DAY, **scope}
        actor = self.actor(user, stepped_up=stepped_up)
        return issue_token(actor=actor, kind=TokenKind.PERSON, name=name or f"{user.name}'s laptop", **scope)

    def identity(self, slug: str = "deploy") -> ServiceIdentity:
        found = ServiceIdentity.objects.filter(org=self.acme, slug=slug).first()
        return found or ServiceIdentity.objects.create(org=self.acme, slug=slug, name=slug.title())

    def of_service(self, name: str = "Deploy job of shop", **scope: Any) -> Issued:
        scope = {"kind": TokenKind.SERVICE, "verbs": [Verb.LIST, Verb.READ], "lifetime": DAY, **scope}
        scope.setdefault("owner", self.identity())
        actor = scope.pop("actor", None) or self.actor(self.olivia, stepped_up=True)
        return issue_token(actor=actor, name=name, **scope)

    def of_team(self, name: str = "Shop frontend", **scope: Any) -> Issued:
        usual = {"origins": ["http://localhost:5173"], "endpoints": ["openai/v1/chat"], "limits": BOUNDED}
        scope = {"environment": self.development, "lifetime": DAY, **usual, **scope}
        actor = scope.pop("actor", None) or self.actor(self.olivia)
        return issue_token(actor=actor, kind=TokenKind.TEAM, name=name, **scope)

    def with_token(self, issued: Issued, origin: Origin = ORIGIN) -> Actor:
        """Who acts by it."""
        return authenticate(shown(issued), origin=origin)

    def may_read(self, user: User, environment: Environment, prefix: str = "") -> Grant:
        return Grant.objects.create(
            org=environment.org,
            project=environment.project,
            environment=environment,
            membership=self.membership(user),
            verbs=["list", "read"],
            prefix=prefix,
        )

    def refused(self, issued: Issued, origin: Origin = ORIGIN) -> KeyVaultError:
        """How the token is refused."""
        try:
            authenticate(shown(issued), origin=origin)
        except KeyVaultError as refusal:
            return refusal
        raise AssertionError("the token was admitted")

    def now(self, token: AccessToken) -> AccessToken:
        return AccessToken.objects.select_related("org", "membership__user", "service", "environment__project").get(
            pk=token.pk
        )


class TokenTestCase(Tokens, CastTestCase):
    pass


class TokenTransactionTestCase(Tokens, CastTransactionTestCase):
    pass


def shown(issued: Issued) -> str:
    assert issued.value is not None
    return issued.value


@contextmanager
def later(by: dt.timedelta) -> Iterator[None]:
    """The application's clock; the database's goes on as it was."""
    moment = timezone.now() + by
    with mock.patch("django.utils.timezone.now", return_value=moment):
        yield
