"""From outside the organization nothing is there: every service, tried on foreign rows."""

from collections.abc import Callable
from functools import partial

from keyvault.errors import NotFound
from keyvault.secrets.models import Environment, Secret, SecretVersion
from keyvault.secrets.services import (
    duplicates,
    environments,
    exporting,
    importing,
    listing,
    moving,
    projects,
    removing,
    revealing,
    storing,
)
from keyvault.secrets.services.storing import About, rotate_secret
from keyvault.secrets.values import Value
from tests.secrets.scene import OTHER, KeysTestCase

Act = Callable[..., object]


class IsolationTests(KeysTestCase):
    def acts(self) -> list[Act]:
        live = self.stored()
        rotate_secret(actor=self.owner(), secret=live, value=Value.text(OTHER))
        deleted = removing.delete_secret(actor=self.owner(), secret=self.stored("GONE"))
        place, value = self.development, Value.text("x")
        return [
            partial(projects.change_project, project=self.shop, name="x"),
            partial(projects.delete_project, project=self.shop),
            partial(environments.create_environment, project=self.shop, slug="x", tier="dev"),
            partial(environments.change_environment, environment=place, name="x"),
            partial(environments.delete_environment, environment=self.staging),
            partial(storing.create_secret, environment=place, name="x", value=value),
            partial(storing.rotate_secret, secret=live, value=value),
            partial(storing.add_version, secret=live, value=value),
            partial(storing.restore_version, secret=live, version=1),
            partial(storing.change_secret, secret=live, about=About(note="x")),
            partial(revealing.reveal_secret, secret=live),
            partial(revealing.reveal_secrets, environment=place, names=["STRIPE_KEY"]),
            partial(revealing.reveal_secrets, environment=place, names=["NONE"]),
            partial(revealing.reveal_environment, environment=place),
            partial(removing.delete_secret, secret=live),
            partial(removing.undelete_secret, secret=deleted),
            partial(removing.purge_secret, secret=deleted),
            partial(removing.erase_version, secret=live, version=1),
            partial(moving.copy_secret, secret=live, to=self.staging),
            partial(moving.copy_secret, secret=live, to=self.elsewhere()),
            partial(moving.move_secret, secret=live, to=self.elsewhere()),
            partial(importing.preview_import, environment=place, content="A=1"),
            partial(importing.preview_import, environment=place, content=""),
            partial(importing.apply_import, environment=place, content="A=1"),
            partial(importing.import_values, environment=place, values={"A": b"1"}),
            partial(exporting.export_environment, environment=place, format="json"),
            partial(exporting.export_environment, environment=place, format="example"),
            partial(listing.list_secrets, environment=place),
            partial(duplicates.find_duplicates, project=self.shop),
        ]

    def elsewhere(self) -> Environment:
        theirs = projects.create_project(actor=self.actor(self.mallory), name="Evil")
        return theirs.environments.get(slug="development")

    def test_a_stranger_finds_nothing_changes_nothing_and_leaves_no_trace_in_the_log(self) -> None:
        acts = self.acts()
        before = [list(model.objects.order_by("pk").values()) for model in (Secret, SecretVersion, Environment)]
        self.forget_events()
        for act in acts:
            with self.subTest(act), self.assertRaises(NotFound):
                act(actor=self.actor(self.mallory))
        after = [list(model.objects.order_by("pk").values()) for model in (Secret, SecretVersion, Environment)]
        self.assertEqual(before, after)
        self.assertNoEvent()

    def test_members_reach_no_place_outside_either(self) -> None:
        live, theirs = self.stored(), self.elsewhere()
        self.forget_events()
        for act in (
            partial(moving.copy_secret, secret=live, to=theirs),
            partial(moving.move_secret, secret=live, to=theirs),
            partial(storing.create_secret, environment=theirs, name="x", value=Value.text("x")),
            partial(importing.apply_import, environment=theirs, content="A=1"),
        ):
            with self.subTest(act), self.assertRaises(NotFound):
                act(actor=self.owner())
        self.assertEqual(Secret.objects.count(), 1)
        self.assertNoEvent()
