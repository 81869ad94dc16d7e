"""Lists show tokens without values: to developers all, to viewers their own, to a token what it reaches."""

from keyvault.actor import Actor, Verb, system
from tests.tokens.scene import TokenTestCase
from tokens.models import AccessToken


class ListingTests(TokenTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.personal(self.dev, "dev")
        self.personal(self.vera, "vera")
        self.of_service("service", environment=self.production)
        self.of_team("team")
        self.personal(self.mallory, "mallory")

    def names(self, actor: Actor) -> set[str]:
        return set(AccessToken.objects.visible_to(actor).values_list("name", flat=True))

    def test_by_role(self) -> None:
        for user in (self.olivia, self.adam, self.dev):
            self.assertEqual(self.names(self.actor(user)), {"dev", "vera", "service", "team"})
        self.assertEqual(self.names(self.actor(self.vera)), {"vera"})
        self.assertEqual(self.names(self.actor(self.mallory)), {"mallory"})
        self.assertEqual(self.names(system("job")), set())

    def test_a_token_that_manages_lists_what_it_reaches(self) -> None:
        everywhere = self.personal(self.dev, "everywhere", verbs=[Verb.MANAGE])
        self.assertEqual(len(self.names(self.with_token(everywhere))), 5)
        shop = self.personal(self.dev, "shop", verbs=[Verb.MANAGE], project=self.shop)
        self.assertEqual(self.names(self.with_token(shop)), {"service", "team", "shop"})
        paths = self.personal(self.dev, "paths", verbs=[Verb.MANAGE], environment=self.development, prefixes=["a/*"])
        self.assertEqual(self.names(self.with_token(paths)), {"team", "paths"})
        service = self.of_service("managing", verbs=[Verb.MANAGE], environment=self.production)
        self.assertEqual(self.names(self.with_token(service)), {"service", "managing"})

    def test_any_other_sees_itself(self) -> None:
        for issued in (self.personal(self.dev, "reading"), self.of_service("deploying"), self.of_team("committed")):
            self.assertEqual(self.names(self.with_token(issued)), {issued.token.name})

    def test_a_list_takes_one_statement_and_holds_no_value(self) -> None:
        olivia = self.actor(self.olivia)
        with self.assertNumQueries(1):
            listed = list(AccessToken.objects.visible_to(olivia))
            targets = [token.target for token in listed]
        self.assertEqual(len(targets), 4)
        self.assertTrue(all("…" in token.display for token in listed))

    def test_live_ones_are_neither_revoked_nor_expired(self) -> None:
        AccessToken.objects.filter(name="dev").update(state="paused")
        self.assertEqual(AccessToken.objects.live().filter(org=self.acme).count(), 4)
