"""Lists: names that the actor may list, no values."""

from keyvault.actor import TokenKind, TokenScope, Verb
from keyvault.errors import NotAllowed, NotFound
from keyvault.ids import uuid7
from keyvault.secrets.models import Secret
from keyvault.secrets.services.listing import list_secrets
from keyvault.secrets.services.removing import delete_secret
from tests.secrets.scene import KeysTestCase


class ListingTests(KeysTestCase):
    def names(self, actor: object = None) -> list[str]:
        secrets = list_secrets(actor=actor or self.owner(), environment=self.development)  # type: ignore[arg-type]
        return [secret.name for secret in secrets.order_by("name")]

    def setUp(self) -> None:
        super().setUp()
        for name in ("a", "mine/b", "mine/c"):
            self.stored(name)
        self.stored("elsewhere", environment=self.staging)
        self.forget_events()

    def test_members_list_by_role_and_it_is_recorded(self) -> None:
        for person in (self.olivia, self.adam, self.dev):
            self.assertEqual(self.names(self.actor(person)), ["a", "mine/b", "mine/c"])
        self.assertEvents(*["secret:list"] * 3)

    def test_a_viewer_lists_by_grant_what_it_covers(self) -> None:
        with self.assertRaises(NotAllowed):
            self.names(self.actor(self.vera))
        self.assertEvents("secret:list:denied")
        self.assertEqual(self.names(self.let(self.vera, Verb.LIST, prefix="mine/*")), ["mine/b", "mine/c"])

    def test_a_token_lists_what_its_paths_cover(self) -> None:
        scope = TokenScope(uuid7(), "t", TokenKind.PERSON, frozenset({Verb.LIST}), prefixes=("a", "mine/c"))
        self.assertEqual(self.names(self.actor(self.olivia, token=scope)), ["a", "mine/c"])

    def test_deleted_ones_and_other_organizations_are_not_listed(self) -> None:
        delete_secret(actor=self.owner(), secret=Secret.objects.get(name="a"))
        self.assertEqual(self.names(), ["mine/b", "mine/c"])
        with self.assertRaises(NotFound):
            self.names(self.actor(self.mallory))
