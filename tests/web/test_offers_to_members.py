"""The page that offers a token to every member who reads an environment: names, never a value."""

from typing import Any

from tests.tokens.scene import TokenTestCase
from tests.web.scene import KEYS, NEW, browser, page
from tokens.models import AccessToken

MEMBERS = f"{NEW}/members"


class OffersToMembersTests(TokenTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.form = {"name": "Shop, local", "verbs": ["read"], "days": "7", "place": f"e:{self.development.pk}"}
        self.client = browser(self.olivia)

    def test_it_says_who_is_offered_one_and_who_is_left_out(self) -> None:
        self.assertContains(self.client.get(NEW), MEMBERS)
        self.forget_events()
        made = self.client.post(MEMBERS, self.form)
        self.assertNotContains(made, "kvp_", status_code=201)
        self.assertEvents("token:offer")
        self.assertContains(made, "1 token is offered", status_code=201)
        self.assertIn("Shop, local: adam@acme.example", page(made).texts["offered"])
        self.assertRegex(page(made).texts["left-out"], r"vera@acme.example:\s*reads nothing there")
        address = f"{KEYS}/{AccessToken.objects.get().pk}/opening"
        self.assertRegex(page(browser(self.adam).post(address)).texts["token"], "^kvp_dev_")

    def test_sent_again_it_offers_none_and_says_why(self) -> None:
        self.client.post(MEMBERS, self.form)
        again = self.client.post(MEMBERS, self.form)
        self.assertEqual(again.status_code, 200)
        self.assertRegex(page(again).texts["left-out"], r"adam@acme.example:\s*a live token has that name already")
        self.assertEqual(AccessToken.objects.count(), 1)

    def test_bad_input_comes_back_with_its_reason_and_makes_nothing(self) -> None:
        wrong: tuple[dict[str, Any], ...] = (
            {"name": ""},
            {"name": "a\u202eb c"},
            {"name": "token 1"},
            {"place": ""},
            {"place": f"p:{self.shop.pk}"},
            {"place": f"e:{self.production.pk}"},
            {"place": "e:nothing"},
            {"verbs": []},
            {"verbs": ["own"]},
            {"days": "99999"},
            {"networks": "nowhere"},
        )
        self.forget_events()
        for each in wrong:
            with self.subTest(each):
                self.assertEqual(self.client.post(MEMBERS, {**self.form, **each}).status_code, 422)
        self.assertFalse(AccessToken.objects.exists())
        self.assertNoEvent()

    def test_who_may_not_offer_sees_neither_link_nor_page(self) -> None:
        for user, status in ((self.dev, 403), (self.vera, 403), (self.mallory, 404)):
            client = browser(user)
            with self.subTest(user.name):
                self.assertEqual(client.get(MEMBERS).status_code, status)
                self.assertEqual(client.post(MEMBERS, self.form).status_code, status)
        self.assertNotContains(browser(self.dev).get(NEW), MEMBERS)
        self.assertFalse(AccessToken.objects.exists())
