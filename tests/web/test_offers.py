"""A token for somebody else is opened by its holder once; a team token is shown to members again."""

from tests.tokens.scene import TokenTestCase
from tests.web.scene import KEYS, NEW, browser, page
from tokens.models import AccessToken, SealedToken

BOUNDED = {"rate": "60", "budget": "5.00", "endpoints": "openai/v1/chat"}


class OfferTests(TokenTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.vera_id = str(self.membership(self.vera).pk)
        self.form = {"name": "Vera's laptop", "verbs": ["list"], "days": "7", "holder": self.vera_id}

    def test_the_holder_opens_it_once_and_the_issuer_never_sees_it(self) -> None:
        issuer, holder = browser(self.olivia), browser(self.vera)
        self.forget_events()
        made = issuer.post(NEW, self.form)
        self.assertContains(made, "is offered", status_code=201)
        self.assertNotContains(made, "kvp_any_", status_code=201)
        self.assertEvents("token:offer")
        token = AccessToken.objects.get()
        address = f"{KEYS}/{token.pk}/opening"
        self.assertContains(holder.get(KEYS), address)
        self.assertNotContains(issuer.get(KEYS), address)
        self.forget_events()
        opened = holder.post(address)
        self.assertRegex(page(opened).texts["token"], "^kvp_any_")
        self.assertIn("no-store", opened["Cache-Control"])
        self.assertEvents("token:open")
        self.assertEqual(holder.post(address).status_code, 409)
        self.assertFalse(SealedToken.objects.exists())

    def test_nobody_else_opens_it(self) -> None:
        browser(self.olivia).post(NEW, self.form)
        address = f"{KEYS}/{AccessToken.objects.get().pk}/opening"
        for user, status in ((self.olivia, 403), (self.dev, 403), (self.mallory, 404)):
            with self.subTest(user.name):
                answer = browser(user).post(address)
                self.assertNotContains(answer, "kvp_any_", status_code=status)
        self.assertTrue(SealedToken.objects.exists())

    def test_looking_at_the_address_opens_nothing(self) -> None:
        browser(self.olivia).post(NEW, self.form)
        answer = browser(self.vera).get(f"{KEYS}/{AccessToken.objects.get().pk}/opening")
        self.assertEqual(answer.status_code, 405)
        self.assertTrue(SealedToken.objects.exists())

    def test_who_may_not_offer_is_shown_no_people(self) -> None:
        self.assertContains(browser(self.olivia).get(NEW), self.vera.email)
        answer = browser(self.dev).get(NEW)
        self.assertNotContains(answer, self.vera.email)
        self.assertNotContains(answer, 'name="holder"')


class TeamTests(TokenTestCase):
    def test_it_is_made_for_one_environment_and_shown_again_to_who_may_copy(self) -> None:
        form = {"name": "Shop frontend", "place": f"e:{self.development.pk}", "days": "7"}
        refused = browser(self.olivia).post(f"{NEW}/team", form)
        self.assertContains(refused, "needs the addresses or the origins", status_code=422)
        made = browser(self.olivia).post(f"{NEW}/team", {**form, **BOUNDED, "origins": "http://localhost:5173"})
        value = page(made).texts["token"]
        self.assertRegex(value, "^kvt_dev_")
        address = f"{KEYS}/{AccessToken.objects.get().pk}/copy"
        client = browser(self.dev)
        self.forget_events()
        self.assertEqual(page(client.post(address)).texts["token"], value)
        self.assertEvents("token:copy")
        self.assertEqual(browser(self.vera).post(address).status_code, 404)
        self.assertEqual(browser(self.mallory).post(address).status_code, 404)

    def test_another_kind_is_never_shown_again(self) -> None:
        issued = self.personal(self.olivia)
        self.assertEqual(browser(self.olivia).post(f"{KEYS}/{issued.token.pk}/copy").status_code, 409)
