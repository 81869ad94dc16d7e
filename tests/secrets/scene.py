"""The cast with keys in their environments, and the few sentences that the tests of this room begin with."""

from typing import Any

from accounts.models import User
from keyvault.actor import Actor, Verb
from keyvault.secrets.models import Environment, Secret
from keyvault.secrets.services.grants import grant
from keyvault.secrets.services.revealing import reveal_secret
from keyvault.secrets.services.storing import create_secret
from keyvault.secrets.values import Value
from tests.cast import Cast, CastTestCase, CastTransactionTestCase

KEY = "sk_test_4eC39HqLyjWDarjtT1zdp7dc"  # a shape that everybody knows, and no key
OTHER = "ghp_9bZ2mQ7tXc4LwYpKd3RvJf8NhGs5Ta1Ue6Wo"

# What no name of anything may be.
BAD_NAMES = (
    "",
    ".",
    "..",
    "a/..",
    "../a",
    "a/../b",
    "a..b",
    "/a",
    "a/",
    "a//b",
    "-a",
    ".env",
    "a/.b",
    "a b",
    "a\0",
    "a\n",
    "a\\b",
    "%2e%2e/x",
    "a%2Fb",
    "\u202egnp.exe",
    "clé",
    "ａ",
    "x" * 513,
    "*",
    "a*",
    "'; DROP TABLE secrets_secret; --",
)


class Keys(Cast):
    def owner(self) -> Actor:
        return self.actor(self.olivia)

    def stored(
        self, name: str = "STRIPE_KEY", value: Value | str = KEY, environment: Environment | None = None, **more: Any
    ) -> Secret:
        """By olivia, in development unless said otherwise."""
        value = value if isinstance(value, Value) else Value.text(value)
        place = environment or self.development
        return create_secret(actor=self.owner(), environment=place, name=name, value=value, **more).secret

    def read(self, secret: Secret, by: Actor | None = None) -> bytes:
        secret.refresh_from_db()
        return reveal_secret(actor=by or self.owner(), secret=secret).value.data

    def let(self, user: User, *verbs: Verb, environment: Environment | None = None, prefix: str = "") -> Actor:
        """Granted by olivia; the actor in a stepped-up session."""
        to = self.membership(user)
        owner = self.actor(self.olivia, stepped_up=True)
        grant(actor=owner, to=to, project=self.shop, environment=environment, verbs=verbs, prefix=prefix)
        return self.actor(user, stepped_up=True)


class KeysTestCase(Keys, CastTestCase):
    pass


class KeysTransactionTestCase(Keys, CastTransactionTestCase):
    pass
