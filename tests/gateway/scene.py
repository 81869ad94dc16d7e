"""Rows for the gateway: a brokered key in an environment, and tokens that stand for it."""

from typing import Any, ClassVar

from django.core.management import CommandError

from keyvault.secrets.models import Environment, Secret, SecretKind
from keyvault.secrets.sealing import Placed, store_new
from keyvault.secrets.values import Value
from tests.cast import CastTransactionTestCase
from tests.gateway.house import House, open_house
from tests.tokens.scene import Tokens
from tokens.services import Issued

KEY = "sk-proj-Zq81LmXw0RkTfBnVy7HcUe3JdPa92GsQ"


class GatewayRows(Tokens, CastTransactionTestCase):
    """``house`` is the test's to open."""

    house: House

    def _fixture_teardown(self) -> None:
        """TRUNCATE locks every table, and meets what the gateway writes just then: PostgreSQL ends one of the two."""
        for last in (False, False, True):
            try:
                super()._fixture_teardown()  # type: ignore[misc]  # Django's
            except CommandError:
                if last:
                    raise
            else:
                return

    def broker(self, environment: Environment, *, provider: str = "openai", key: str = KEY, name: str = "") -> Secret:
        secret = Secret(
            org=self.acme,
            environment=environment,
            name=name or f"{provider}-key",
            kind=SecretKind.BROKERED,
            provider=provider,
            upstream=self.house.upstream,
        )
        store_new(self.actor(self.olivia), [Placed(secret, Value.text(key))])
        return secret

    def at_development(self, name: str = "Deploy job of shop", **scope: Any) -> Issued:
        """A service's token for the development environment."""
        return self.of_service(name, **{"project": self.shop, "environment": self.development, **scope})


class GatewayTestCase(GatewayRows):
    """One gateway for the class; its database is emptied between tests, as it runs."""

    workers = 1
    variables: ClassVar[dict[str, str]] = {}

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.house = cls.enterClassContext(open_house(workers=cls.workers, **cls.variables))

    def setUp(self) -> None:
        super().setUp()
        self.house.far_side.reset()
