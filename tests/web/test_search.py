"""The console's search finds what the member may list, and nothing else."""

from tests.gateway.test_bindings import BindingTestCase
from tests.tokens.scene import shown
from tests.web.scene import KEYS, browser

SEARCH = "/o/acme/search"


class SearchTests(BindingTestCase):
    def test_tokens_are_found_by_name_and_by_beginning(self) -> None:
        token = self.of_service("Nightly export").token
        for words in ("nightly", token.display[:12]):
            self.assertContains(browser(self.adam).get(SEARCH, {"q": words}), f"/o/acme/tokens/{token.pk}")

    def test_a_viewer_finds_nobodys_tokens(self) -> None:
        other = self.personal(self.olivia, "Laptop two").token
        found = browser(self.vera).get(SEARCH, {"q": "laptop"})
        self.assertNotContains(found, str(other.pk))

    def test_secrets_are_found_by_name_by_whose_role_lists_them(self) -> None:
        secret = self.bind("openai")
        address = f"/o/acme/p/shop/s/{secret.name}?env=development"
        self.assertContains(browser(self.dev).get(SEARCH, {"q": "OPENAI"}), address)
        for stranger in (self.vera, self.adam):
            words = "openai" if stranger == self.vera else "no-such-name"
            self.assertNotContains(browser(stranger).get(SEARCH, {"q": words}), address)

    def test_people_are_found_by_name_and_address_within_the_organization(self) -> None:
        vera = self.membership(self.vera)
        self.assertContains(browser(self.adam).get(SEARCH, {"q": "vera@"}), f"/o/acme/members/{vera.pk}")
        self.assertContains(browser(self.dev).get(SEARCH, {"q": "vera@"}), "Viewer")
        self.assertNotContains(browser(self.adam).get(SEARCH, {"q": "mallory"}), "mallory@")

    def test_the_log_says_what_was_looked_through_and_never_for_what(self) -> None:
        token = shown(self.of_service("Nightly export"))
        client = browser(self.adam)
        self.forget_events()
        for address in (SEARCH, KEYS, "/o/acme/audit", "/o/acme/access"):
            client.get(address, {"q": token, "project": "shop"})
        events = self.events()
        self.assertEqual(events[0].document["details"]["among"], ["projects", "secrets", "tokens", "people"])
        for event in events:
            self.assertNotIn(token.encode(), bytes(event.entry), event.action)

    def test_a_whole_token_finds_its_row(self) -> None:
        issued = self.of_service("Nightly export")
        for address in (SEARCH, KEYS):
            self.assertContains(browser(self.adam).get(address, {"q": shown(issued)}), str(issued.token.pk))

    def test_what_is_no_word_is_no_fault(self) -> None:
        self.assertEqual(browser(self.adam).get(SEARCH, {"q": "\0%'"}).status_code, 200)
