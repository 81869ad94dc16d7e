"""The ``.env`` on a token's pages, by which an SDK goes through the gateway: the value only where it is shown."""

from gateway.snippets import PLACEHOLDER
from tests.gateway.test_bindings import AT_HOME, KEY, BindingTestCase
from tests.tokens.scene import shown
from tests.web.scene import KEYS, browser, page


@AT_HOME
class EnvTests(BindingTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.bind("openai")
        self.client = browser(self.olivia)

    def test_a_tokens_page_has_it_with_a_placeholder(self) -> None:
        issued = self.of_team()
        env = page(self.client.get(f"{KEYS}/{issued.token.pk}")).texts["env"]
        self.assertIn(f"OPENAI_API_KEY={PLACEHOLDER}", env)
        self.assertIn("OPENAI_BASE_URL=https://gateway.acme.example/openai/v1", env)
        self.assertNotIn(shown(issued), env)

    def test_a_team_token_that_is_shown_again_stands_in_it(self) -> None:
        issued = self.of_team()
        answer = self.client.post(f"{KEYS}/{issued.token.pk}/copy")
        self.assertIn(f"OPENAI_API_KEY={shown(issued)}", page(answer).texts["env"])
        self.assertIn("no-store", answer["Cache-Control"])
        self.assertNotContains(answer, KEY, status_code=201)

    def test_a_token_that_stands_for_no_key_has_none(self) -> None:
        token = self.of_service("Anywhere").token
        self.assertNotIn("env", page(self.client.get(f"{KEYS}/{token.pk}")).texts)

    def test_one_that_ended_has_none(self) -> None:
        token = self.at(self.development)
        self.assertIn("env", page(self.client.get(f"{KEYS}/{token.pk}")).texts)
        type(token).objects.filter(pk=token.pk).update(state="paused")
        self.assertIn("env", page(self.client.get(f"{KEYS}/{token.pk}")).texts)
        self.client.post(f"{KEYS}/{token.pk}/revocation", {"cause": "done"})
        self.assertNotIn("env", page(self.client.get(f"{KEYS}/{token.pk}")).texts)
