"""What lies where it does not belong is recognised, and the text that was pasted is nowhere afterwards."""

from keyvault.secrets.services.storing import create_secret
from keyvault.secrets.values import Value
from tests.api.scene import own_cache
from tests.clock import within_a_minute
from tests.tokens.scene import TokenTestCase, shown
from tests.web.scene import browser

DESK = "/o/acme/leaks"
KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"


class LeakDeskTests(TokenTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(own_cache())

    def test_a_token_and_a_value_are_named_with_what_to_do(self) -> None:
        issued = self.of_service("Checkout")
        create_secret(actor=self.actor(self.olivia), environment=self.development, name="STRIPE", value=Value.text(KEY))
        page = self.pasted(f"export A={KEY}\nuses {shown(issued)} there")
        for text in ("Checkout", "STRIPE", "In use", "Never used", f"/tokens/{issued.token.pk}/", "Rotate", "Revoke"):
            self.assertIn(text, page)
        self.assertNotIn(KEY, page)
        self.assertNotIn(shown(issued), page)
        self.assertEventsInclude("leak:search")
        self.assertFalse([event for event in self.events() if KEY.encode() in bytes(event.entry)])

    def test_of_another_organization_nothing_is_said(self) -> None:
        token = shown(self.of_service("Checkout"))
        answer = browser(self.mallory).post("/o/evil-corp/leaks", {"text": token})
        self.assertContains(answer, "Nothing of ours")

    def test_what_is_of_nobody_here_says_so(self) -> None:
        self.assertIn("Nothing of ours", self.pasted("hello"))

    def test_too_much_or_nothing_is_refused_and_not_shown_again(self) -> None:
        for text in ("", "x" * 70_000):
            answer = browser(self.olivia).post(DESK, {"text": text})
            self.assertEqual(answer.status_code, 422)
            self.assertNotIn("xxxxxxxx", answer.content.decode())

    def test_who_may_not_is_refused_before_anything_is_asked(self) -> None:
        self.assertEqual(browser(self.vera).get(DESK).status_code, 403)
        self.assertEqual(browser(self.vera).post(DESK, {"text": "x"}).status_code, 403)
        self.assertEqual(browser(self.mallory).get(DESK).status_code, 404)

    def test_guessing_is_slowed(self) -> None:
        self.enterContext(within_a_minute())
        client = browser(self.olivia)
        answers = [client.post(DESK, {"text": f"guess {number}"}).status_code for number in range(12)]
        self.assertEqual((answers[0], answers[-1]), (200, 429))

    def pasted(self, text: str, who: str = "olivia") -> str:
        return browser(getattr(self, who)).post(DESK, {"text": text}).content.decode()
