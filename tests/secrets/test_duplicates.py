"""The same value in two environments: found by fingerprint, among what the actor may read."""

from keyvault.actor import Verb
from keyvault.errors import NotFound
from keyvault.secrets.models import Project
from keyvault.secrets.services.duplicates import find_duplicates
from keyvault.secrets.services.projects import create_project
from keyvault.secrets.services.storing import rotate_secret
from keyvault.secrets.values import Value
from tests.secrets.scene import KEY, OTHER, KeysTestCase


class DuplicateTests(KeysTestCase):
    def found(self, actor: object = None, project: Project | None = None) -> list[list[str]]:
        groups = find_duplicates(actor=actor or self.owner(), project=project)  # type: ignore[arg-type]
        places = [[f"{row.secret.environment.slug}/{row.secret.name}" for row in group.secrets] for group in groups]
        return sorted(sorted(group) for group in places)

    def test_across_environments_only(self) -> None:
        self.stored("A")
        self.stored("A2")
        self.stored("B", OTHER)
        self.assertEqual(self.found(), [])
        self.stored("A", environment=self.staging)
        self.stored("C", OTHER, self.staging)
        expected = [["development/A", "development/A2", "staging/A"], ["development/B", "staging/C"]]
        self.assertEqual(self.found(project=self.shop), expected)

    def test_only_what_is_current_and_live(self) -> None:
        secret = self.stored("A")
        self.stored("A", environment=self.staging)
        rotate_secret(actor=self.owner(), secret=secret, value=Value.text(OTHER))
        self.assertEqual(self.found(), [])

    def test_only_among_what_the_actor_may_read(self) -> None:
        self.stored("A")
        self.stored("A", environment=self.production)
        self.assertEqual(self.found(), [])  # an owner reads production by grant only
        self.assertEqual(self.found(self.actor(self.dev)), [])
        self.let(self.dev, Verb.READ)
        reader = self.let(self.dev, Verb.READ, environment=self.production)
        self.assertEqual(self.found(reader), [["development/A", "production/A"]])

    def test_of_the_organization_across_projects_and_of_no_other(self) -> None:
        other = create_project(actor=self.owner(), name="Other").environments.get(slug="staging")
        self.stored("A")
        self.stored("A", environment=other)
        self.assertEqual(self.found(), [["development/A", "staging/A"]])
        self.assertEqual(self.found(project=self.shop), [])
        self.assertEqual(self.found(self.actor(self.mallory)), [])
        with self.assertRaises(NotFound):
            self.found(self.actor(self.mallory), self.shop)

    def test_the_search_is_recorded(self) -> None:
        self.found(project=self.shop)
        [event] = self.assertEvents("secret:duplicates")
        self.assertEqual(event.project_id, self.shop.pk)

    def test_a_constant_number_of_queries(self) -> None:
        owner = self.owner()
        for number in (1, 20):
            for n in range(number):
                self.stored(f"K{number}_{n}", f"{KEY}-{number}-{n}")
                self.stored(f"K{number}_{n}", f"{KEY}-{number}-{n}", self.staging)
            with self.assertNumQueries(4):
                groups = find_duplicates(actor=owner, project=self.shop)
                places = [row.secret.environment.project.slug for group in groups for row in group.secrets]
        self.assertEqual(len(places), 42)
