"""No chain of acts by others than owners ends in reading a protected environment."""

from typing import Any

from accounts.models import User
from keyvault.actor import Role, TokenKind, TokenScope, Verb
from keyvault.errors import NotAllowed
from keyvault.secrets.access import require
from keyvault.secrets.models import Environment, Grant
from keyvault.secrets.services.environments import change_environment, create_environment
from keyvault.secrets.services.grants import grant
from keyvault.secrets.services.moving import copy_secret, move_secret
from keyvault.secrets.services.revealing import reveal_environment
from keyvault.secrets.services.storing import create_secret
from keyvault.secrets.values import Value
from keyvault.target import Tier
from orgs.permissions import Action
from orgs.services.members import change_role
from tests.cast import CastTestCase


class AdminChainTests(CastTestCase):
    def test_an_admin_does_not_lift_the_protection(self) -> None:
        for change in ({"tier": Tier.STAGING}, {"tier": Tier.DEVELOPMENT, "protected": False}):
            with self.assertRaises(NotAllowed) as refused:
                change_environment(actor=self.actor(self.adam), environment=self.production, **change)
            self.assertEqual(refused.exception.rule, "role-forbids")
        self.assertEvents(*["environment:unprotect:denied"] * 2)
        self.production.refresh_from_db()
        self.assertEqual((self.production.tier, self.production.protected), (Tier.PRODUCTION, True))

    def test_nor_by_an_old_copy_of_the_environment(self) -> None:
        stale = Environment.objects.select_related("org", "project__org").get(pk=self.staging.pk)
        change_environment(actor=self.actor(self.olivia), environment=self.staging, protected=True)
        with self.assertRaises(NotAllowed):
            change_environment(actor=self.actor(self.adam), environment=stale, protected=False)
        self.assertEvents("environment:change", "environment:change:denied")
        self.assertTrue(Environment.objects.get(pk=self.staging.pk).protected)

    def test_an_owner_does_and_no_token_of_hers(self) -> None:
        scope = TokenScope(self.shop.pk, "all", TokenKind.PERSON, frozenset(Verb), may_reveal_production=True)
        with self.assertRaises(NotAllowed) as refused:
            change_environment(
                actor=self.actor(self.olivia, token=scope), environment=self.production, tier=Tier.STAGING
            )
        self.assertEqual(refused.exception.rule, "never-by-token")
        change: dict[str, Any] = {"environment": self.production, "tier": Tier.STAGING, "protected": False}
        with self.assertRaises(NotAllowed) as refused:
            change_environment(actor=self.actor(self.olivia), **change)
        self.assertEqual(refused.exception.rule, "needs-step-up")
        change_environment(actor=self.actor(self.olivia, stepped_up=True), **change)
        self.assertEvents("environment:unprotect:denied", "environment:unprotect:denied", "environment:unprotect")

    def test_a_grant_from_before_the_protection_reads_nothing_after_it(self) -> None:
        """An admin grants while it is harmless, protects, and waits for others to store what is worth reading."""
        adam = self.actor(self.adam)
        eu = create_environment(actor=adam, project=self.shop, slug="eu", tier=Tier.STAGING)
        eu = Environment.objects.select_related("org", "project__org").get(pk=eu.pk)
        for user in (self.adam, self.dev):
            grant(actor=adam, to=self.membership(user), project=self.shop, environment=eu)
        self.forget_events()
        eu = change_environment(actor=adam, environment=eu, tier=Tier.PRODUCTION, protected=True)
        events = self.assertEvents("environment:change", "grant:revoke", "grant:revoke")
        self.assertEqual(events[1].document["details"], {"verbs": ["read"]})
        self.assertEqual([g.verbs for g in Grant.objects.all()], [["list", "add"]] * 2)
        with self.assertRaises(NotAllowed):
            require(self.actor(self.adam, stepped_up=True), Action.REVEAL_SECRET, eu.target)
        require(self.actor(self.dev), Action.CREATE_SECRET, eu.target)

    def test_a_protected_value_is_neither_moved_nor_copied_to_where_it_can_be_read(self) -> None:
        stored = create_secret(
            actor=self.actor(self.adam), environment=self.production, name="KEY", value=Value.of_bytes(b"s3cr3t-value")
        )
        for carry in (copy_secret, move_secret):
            for user in (self.olivia, self.adam):
                with self.assertRaises(NotAllowed) as refused:
                    carry(
                        actor=self.actor(user, stepped_up=True), secret=stored.secret, to=self.development, name="KEY"
                    )
                self.assertEqual(refused.exception.rule, "protected-environment-needs-own-grant")
        self.assertFalse(self.development.secrets.exists())

    def test_a_demoted_owner_no_longer_unprotects(self) -> None:
        before = self.actor(self.olivia, stepped_up=True)
        change_role(actor=before, membership=self.membership(self.adam), role=Role.OWNER)
        change_role(actor=self.actor(self.adam), membership=self.membership(self.olivia), role=Role.ADMIN)
        with self.assertRaises(NotAllowed):
            change_environment(actor=before, environment=self.production, tier=Tier.STAGING, protected=False)
        self.assertTrue(Environment.objects.get(pk=self.production.pk).protected)


class PathTests(CastTestCase):
    """Who is limited to paths reads many at once as one by one: those and no others."""

    def setUp(self) -> None:
        super().setUp()
        for name in ("api-keys/stripe", "api-keys/openai", "db/password"):
            create_secret(
                actor=self.actor(self.adam),
                environment=self.development,
                name=name,
                value=Value.of_bytes(name.encode()),
            )
        grant(actor=self.actor(self.adam), to=self.membership(self.dev), project=self.shop, prefix="api-keys/*")
        self.forget_events()

    def test_by_grant(self) -> None:
        self.assertEqual(self.names(self.dev), ["api-keys/openai", "api-keys/stripe"])
        self.assertEvents("secret:reveal-many", "secret:reveal", "secret:reveal")

    def test_by_token(self) -> None:
        scope = TokenScope(self.shop.pk, "t", TokenKind.PERSON, frozenset({Verb.READ}), prefixes=("db/*",))
        with self.assertRaises(NotAllowed) as refused:
            reveal_environment(actor=self.actor(self.dev, token=scope), environment=self.development)
        self.assertEqual(refused.exception.rule, "token-is-for-other-paths")

    def test_who_may_read_none_is_refused_with_the_rule(self) -> None:
        with self.assertRaises(NotAllowed) as refused:
            reveal_environment(actor=self.actor(self.vera), environment=self.development)
        self.assertEqual(refused.exception.rule, "needs-grant")
        self.assertEvents("secret:reveal:denied")

    def names(self, user: User) -> list[str]:
        return [
            one.version.secret.name for one in reveal_environment(actor=self.actor(user), environment=self.development)
        ]
