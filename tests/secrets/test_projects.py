"""Projects: three environments each, and gone only when empty."""

from keyvault.errors import Conflict, Invalid, NotAllowed, NotFound
from keyvault.secrets.models import Environment, Project
from keyvault.secrets.services.environments import delete_environment
from keyvault.secrets.services.projects import change_project, create_project, delete_project
from keyvault.secrets.services.removing import delete_secret, purge_secret
from tests.secrets.scene import KeysTestCase
from tests.tokens.scene import Tokens
from tokens.services import revoke_token


class CreateTests(KeysTestCase):
    def test_it_has_development_staging_and_a_protected_production(self) -> None:
        project = create_project(actor=self.actor(self.adam), name="Web shop")
        facts = [(e.slug, e.tier, e.protected) for e in project.environments.all()]
        expected = [("development", "dev", False), ("staging", "stg", False), ("production", "prd", True)]
        self.assertEqual((project.slug, facts), ("web-shop", expected))
        self.assertEvents("project:create")

    def test_there_is_no_limit_to_their_number_and_a_name_may_repeat(self) -> None:
        slugs = [create_project(actor=self.owner(), name="Web").slug for _ in range(3)]
        self.assertEqual(slugs, ["web", "web-2", "web-3"])

    def test_a_slug_that_is_taken_is_a_conflict(self) -> None:
        with self.assertRaises(Conflict):
            create_project(actor=self.owner(), name="Another", slug="shop")
        self.assertEvents("project:create:error")
        self.assertEqual(Project.objects.filter(org=self.acme).count(), 1)

    def test_slugs_are_labels(self) -> None:
        for slug in ("A", "a_b", "a.b", "-a", "a--b", "..", "a/b", "a\0", "\u202ea", "%2e", "x" * 64, "a b"):
            with self.subTest(slug), self.assertRaises(Invalid) as refused:
                create_project(actor=self.owner(), name="X", slug=slug)
            self.assertEqual(refused.exception.extra["field"], "slug")
        for name in ("", " ", "a\nb", "\u202eevil", "x" * 121):
            with self.subTest(name), self.assertRaises(Invalid) as refused:
                create_project(actor=self.owner(), name=name)
            self.assertEqual(refused.exception.extra["field"], "name")

    def test_developers_and_viewers_make_none(self) -> None:
        for person in (self.dev, self.vera):
            with self.assertRaises(NotAllowed):
                create_project(actor=self.actor(person), name="Mine")
        self.assertEvents("project:create:denied", "project:create:denied")


class ChangeTests(KeysTestCase):
    def test_the_name_and_the_note_change_and_the_slug_stays(self) -> None:
        change_project(actor=self.actor(self.adam), project=self.shop, name="Shop 2", note="For customers")
        self.shop.refresh_from_db()
        self.assertEqual((self.shop.slug, self.shop.name, self.shop.note), ("shop", "Shop 2", "For customers"))
        self.assertEvents("project:change")

    def test_not_by_a_developer_and_not_from_outside(self) -> None:
        with self.assertRaises(NotAllowed):
            change_project(actor=self.actor(self.dev), project=self.shop, name="X")
        with self.assertRaises(NotFound):
            change_project(actor=self.actor(self.mallory), project=self.shop, name="X")
        self.assertEvents("project:change:denied")


class DeleteTests(KeysTestCase, Tokens):
    def test_an_empty_one_goes_with_its_environments(self) -> None:
        delete_project(actor=self.actor(self.adam), project=self.shop)
        self.assertFalse(Environment.objects.filter(org=self.acme).exists())
        self.assertEvents("project:delete")

    def test_secrets_keep_it_and_deleted_ones_count_until_they_are_purged(self) -> None:
        secret = self.stored()
        for _ in range(2):
            with self.assertRaises(Conflict) as refused:
                delete_project(actor=self.owner(), project=self.shop)
            self.assertIn("until they are purged", refused.exception.detail)
            if secret.deleted_at is None:
                secret = delete_secret(actor=self.owner(), secret=secret)
        purge_secret(actor=self.owner(), secret=secret)
        delete_project(actor=self.owner(), project=self.shop)
        self.assertEventsInclude("project:delete:error", "secret:delete", "project:delete:error", "project:delete")

    def test_live_tokens_keep_it_and_ended_ones_do_not(self) -> None:
        issued = self.of_service(project=self.shop, environment=self.development)
        with self.assertRaises(Conflict):
            delete_environment(actor=self.owner(), environment=self.development)
        with self.assertRaises(Conflict):
            delete_project(actor=self.owner(), project=self.shop)
        revoke_token(actor=self.owner(), token=issued.token, cause="done")
        delete_environment(actor=self.owner(), environment=self.development)
        delete_project(actor=self.owner(), project=self.shop)
        self.assertFalse(Project.objects.filter(pk=self.shop.pk).exists())

    def test_not_by_a_developer_and_not_from_outside(self) -> None:
        with self.assertRaises(NotAllowed):
            delete_project(actor=self.actor(self.dev), project=self.shop)
        with self.assertRaises(NotFound):
            delete_project(actor=self.actor(self.mallory), project=self.shop)
        self.assertEvents("project:delete:denied")
