"""Storing values: create, rotate, compare and set, restore; exact bytes, one event each, nothing half-written."""

from keyvault.errors import Conflict, Invalid, NotAllowed, NotFound, PreconditionFailed
from keyvault.secrets.models import Secret, SecretVersion
from keyvault.secrets.services.revealing import reveal_secret
from keyvault.secrets.services.storing import About, change_secret, create_secret, restore_version, rotate_secret
from keyvault.secrets.values import LIMIT, Value
from tests.cast import CastTestCase

KEY = "sk_test_4eC39HqLyjWDarjtT1zdp7dc"  # a shape that everybody knows, and no key


class StoringTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.owner = self.actor(self.olivia)

    def store(self, name: str = "STRIPE_KEY", value: str = KEY) -> Secret:
        return create_secret(actor=self.owner, environment=self.development, name=name, value=Value.text(value)).secret

    def test_a_value_comes_back_exactly_whatever_its_size(self) -> None:
        for size in (0, 1, 63, 64, 65, LIMIT):
            data = bytes(index % 256 for index in range(size))
            secret = create_secret(
                actor=self.owner, environment=self.development, name=f"BLOB_{size}", value=Value.binary(data)
            ).secret
            self.assertEqual(reveal_secret(actor=self.owner, secret=secret).value.data, data)

    def test_a_byte_more_than_64_kib_is_refused(self) -> None:
        with self.assertRaises(Invalid):
            Value.binary(bytes(LIMIT + 1))

    def test_creating_leaves_one_event_and_no_plaintext_in_the_row(self) -> None:
        secret = self.store()
        self.assertEvents("secret:create")
        self.assertNotIn(KEY.encode(), bytes(secret.versions.get().envelope or b""))

    def test_a_name_is_given_once(self) -> None:
        self.store()
        with self.assertRaises(Conflict):
            self.store()
        self.assertEqual(SecretVersion.objects.count(), 1)

    def test_names_that_are_no_paths_are_refused(self) -> None:
        for name in ("", "..", "a//b", "/a", "a/", "a/../b", "a b", "a\0", "%2e%2e/x", "\u202eevil", "x" * 513, "-a"):
            with self.subTest(name), self.assertRaises(Invalid):
                self.store(name)
        self.assertFalse(Secret.objects.exists())

    def test_a_rotation_makes_the_next_version_current(self) -> None:
        stored = rotate_secret(actor=self.owner, secret=self.store(), value=Value.text("second"), expected_version=1)
        self.assertEqual((stored.version.version, stored.secret.current), (2, 2))
        self.assertEvents("secret:create", "secret:rotate")

    def test_a_rotation_of_a_version_that_has_moved_on_changes_nothing(self) -> None:
        secret = self.store()
        with self.assertRaises(PreconditionFailed):
            rotate_secret(actor=self.owner, secret=secret, value=Value.text("x"), expected_version=7)
        self.assertEvents("secret:create", "secret:rotate:error")
        self.assertEqual(secret.versions.count(), 1)

    def test_restoring_makes_an_old_value_current_again(self) -> None:
        secret = self.store(value="first value")
        rotate_secret(actor=self.owner, secret=secret, value=Value.text("second value"))
        restore_version(actor=self.owner, secret=secret, version=1)
        secret.refresh_from_db()
        self.assertEqual(reveal_secret(actor=self.owner, secret=secret).value.data, b"first value")
        self.assertEvents("secret:create", "secret:rotate", "secret:restore", "secret:reveal")

    def test_a_viewer_stores_nothing(self) -> None:
        with self.assertRaises(NotAllowed):
            create_secret(actor=self.actor(self.vera), environment=self.development, name="X", value=Value.text("x"))
        self.assertEvents("secret:create:denied")
        self.assertFalse(Secret.objects.exists())

    def test_an_outsider_learns_nothing(self) -> None:
        secret = self.store()
        self.forget_events()
        with self.assertRaises(NotFound):
            rotate_secret(actor=self.actor(self.mallory), secret=secret, value=Value.text("x"))
        self.assertNoEvent()

    def test_a_brokered_secret_names_its_provider(self) -> None:
        with self.assertRaises(Invalid):
            create_secret(
                actor=self.owner, environment=self.development, name="X", value=Value.text(KEY), kind="brokered"
            )

    def test_what_is_said_about_a_secret_can_change(self) -> None:
        change_secret(actor=self.owner, secret=self.store(), about=About(note="Billing", variable="STRIPE_API_KEY"))
        self.assertEqual(Secret.objects.get().variable, "STRIPE_API_KEY")
        self.assertEvents("secret:create", "secret:change")

    def test_the_same_value_in_another_environment_is_named(self) -> None:
        self.store()
        stored = create_secret(actor=self.owner, environment=self.staging, name="STRIPE_KEY", value=Value.text(KEY))
        self.assertEqual(stored.shared.named, ("shop/development/STRIPE_KEY",))

    def test_the_policy_refuses_the_same_value_in_another_environment(self) -> None:
        self.store()
        self.acme.refuse_shared_values = True
        self.staging.org.refuse_shared_values = True
        with self.assertRaises(Conflict):
            create_secret(actor=self.owner, environment=self.staging, name="STRIPE_KEY", value=Value.text(KEY))
        self.assertEqual(Secret.objects.count(), 1)
