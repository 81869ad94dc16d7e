"""Environments: made, changed, ordered, and deleted while empty."""

from keyvault.errors import Conflict, Invalid, NotAllowed, NotFound
from keyvault.secrets.models import Environment
from keyvault.secrets.services.environments import change_environment, create_environment, delete_environment
from keyvault.secrets.services.removing import delete_secret
from tests.secrets.scene import KeysTestCase


class EnvironmentTests(KeysTestCase):
    def test_a_new_one_comes_last(self) -> None:
        made = create_environment(actor=self.actor(self.adam), project=self.shop, slug="qa-eu", tier="stg")
        self.assertEqual((made.name, made.tier, made.protected), ("Qa Eu", "stg", False))
        self.assertEqual([e.slug for e in self.shop.environments.all()][-1], "qa-eu")
        self.assertEvents("environment:create")

    def test_production_is_always_protected(self) -> None:
        self.assertTrue(create_environment(actor=self.owner(), project=self.shop, slug="eu", tier="prd").protected)

    def test_a_slug_is_given_once_in_a_project(self) -> None:
        with self.assertRaises(Conflict):
            create_environment(actor=self.owner(), project=self.shop, slug="staging", tier="stg")
        self.assertEvents("environment:create:error")

    def test_form_is_checked(self) -> None:
        for field, slug, tier, name in (
            ("slug", "../x", "dev", ""),
            ("slug", "a%2e", "dev", ""),
            ("tier", "x", "prod", ""),
            ("tier", "x", "", ""),
            ("name", "x", "dev", "a\0"),
        ):
            with self.subTest(slug=slug, tier=tier, name=name), self.assertRaises(Invalid) as refused:
                create_environment(actor=self.owner(), project=self.shop, slug=slug, tier=tier, name=name)
            self.assertEqual(refused.exception.extra["field"], field)
        self.assertNoEvent()

    def test_it_is_renamed_and_reordered(self) -> None:
        change_environment(actor=self.actor(self.adam), environment=self.staging, name="Acceptance", order=0)
        change_environment(actor=self.actor(self.adam), environment=self.development, order=1)
        self.assertEqual([e.name for e in self.shop.environments.all()][:2], ["Acceptance", "Development"])
        self.assertEvents("environment:change", "environment:change")
        for order in (-1, 32_768):
            with self.assertRaises(Invalid):
                change_environment(actor=self.owner(), environment=self.staging, order=order)

    def test_the_tier_and_the_protection_are_raised_by_an_admin(self) -> None:
        changed = change_environment(actor=self.actor(self.adam), environment=self.staging, protected=True)
        self.assertTrue(changed.protected)
        [event] = self.assertEvents("environment:change")
        self.assertEqual(event.document["details"]["now"], {"protected": True, "tier": "stg"})

    def test_no_admin_opens_production_by_lowering_it(self) -> None:
        for change in ({"tier": "dev"}, {"protected": False}, {"tier": "dev", "protected": False}):
            with self.subTest(change), self.assertRaises(NotAllowed):
                change_environment(actor=self.actor(self.adam), environment=self.production, **change)
        self.assertEvents(*["environment:unprotect:denied"] * 3)
        self.production.refresh_from_db()
        self.assertEqual((self.production.tier, self.production.protected), ("prd", True))

    def test_it_is_deleted_only_while_empty_and_deleted_secrets_count(self) -> None:
        secret = self.stored(environment=self.staging)
        with self.assertRaises(Conflict):
            delete_environment(actor=self.owner(), environment=self.staging)
        delete_secret(actor=self.owner(), secret=secret)
        with self.assertRaises(Conflict) as refused:
            delete_environment(actor=self.owner(), environment=self.staging)
        self.assertIn("until they are purged", refused.exception.detail)
        delete_environment(actor=self.owner(), environment=self.development)
        self.assertFalse(Environment.objects.filter(pk=self.development.pk).exists())
        self.assertEventsInclude("environment:delete:error", "environment:delete:error", "environment:delete")

    def test_developers_change_none(self) -> None:
        dev = self.actor(self.dev)
        with self.assertRaises(NotAllowed):
            create_environment(actor=dev, project=self.shop, slug="mine", tier="dev")
        with self.assertRaises(NotAllowed):
            change_environment(actor=dev, environment=self.staging, name="Mine")
        with self.assertRaises(NotAllowed):
            delete_environment(actor=dev, environment=self.staging)
        self.assertEvents("environment:create:denied", "environment:change:denied", "environment:delete:denied")

    def test_from_outside_there_is_nothing(self) -> None:
        mallory = self.actor(self.mallory)
        with self.assertRaises(NotFound):
            create_environment(actor=mallory, project=self.shop, slug="mine", tier="dev")
        with self.assertRaises(NotFound):
            change_environment(actor=mallory, environment=self.staging, name="Mine")
        with self.assertRaises(NotFound):
            delete_environment(actor=mallory, environment=self.staging)
        self.assertNoEvent()
