"""A personal token that reads production: through the second factor, for hours, and for oneself."""

import datetime as dt

from django.utils import timezone

from tests.accounts.factors import STEP_UP, code_of, give_authenticator, later
from tests.tokens.scene import TokenTestCase
from tests.web.scene import NEW, browser, page
from tokens.models import AccessToken

PRODUCTION = f"{NEW}/production"


class ProductionKeyTests(TokenTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.key = give_authenticator(self.dev)
        self.client = browser(self.dev)
        self.form = {"name": "Dev, incident 7", "verbs": ["read"], "hours": "4", "place": f"e:{self.production.pk}"}

    def test_it_leads_through_the_step_up_and_back(self) -> None:
        answer = self.client.get(PRODUCTION)
        self.assertEqual(answer["Location"], f"{STEP_UP}?next=%2Fo%2Facme%2Ftokens%2Fnew%2Fproduction")
        back = self.client.post(STEP_UP, {"code": code_of(self.key), "next": PRODUCTION})
        self.assertEqual(back["Location"], PRODUCTION)
        self.assertContains(self.client.get(PRODUCTION), "Create a token for production")

    def test_with_a_grant_it_is_made_for_hours(self) -> None:
        self.granted()
        self.step_up()
        answer = self.client.post(PRODUCTION, self.form)
        self.assertEqual(answer.status_code, 201, answer.content)
        self.assertRegex(page(answer).texts["token"], r"^kvp_prd_")
        token = AccessToken.objects.get()
        self.assertTrue(token.may_reveal_production)
        self.assertLess(token.expires_at, timezone.now() + dt.timedelta(hours=4, minutes=1))
        self.assertEventsInclude("person:step-up", "token:issue-personal")

    def test_the_longest_is_twelve_hours(self) -> None:
        self.granted()
        self.step_up()
        self.assertEqual(self.client.post(PRODUCTION, self.form | {"hours": "12"}).status_code, 201)
        self.assertEqual(self.client.post(PRODUCTION, self.form | {"hours": "24"}).status_code, 422)

    def test_without_a_grant_there_it_is_refused(self) -> None:
        self.step_up()
        answer = self.client.post(PRODUCTION, self.form)
        self.assertContains(answer, "protected-environment-needs-own-grant", status_code=403)
        self.assertFalse(AccessToken.objects.exists())

    def test_after_five_minutes_nothing_is_made_and_nothing_kept(self) -> None:
        self.granted()
        self.step_up()
        with later(301):
            answer = self.client.post(PRODUCTION, self.form, headers={"referer": f"http://testserver{PRODUCTION}"})
        self.assertEqual(answer["Location"], f"{STEP_UP}?next=%2Fo%2Facme%2Ftokens%2Fnew%2Fproduction")
        self.assertFalse(AccessToken.objects.exists())

    def test_it_offers_protected_environments_only_and_nobody_else(self) -> None:
        self.step_up()
        fields = self.client.get(PRODUCTION).context["form"].fields
        self.assertEqual([key for key, _ in fields["place"].choices], ["", f"e:{self.production.pk}"])
        self.assertNotIn("holder", fields)
        self.assertEqual(self.client.post(PRODUCTION, self.form | {"place": f"e:{self.staging.pk}"}).status_code, 422)

    def test_the_ordinary_page_says_where_to_go(self) -> None:
        self.assertContains(self.client.get(NEW), PRODUCTION)

    def test_a_service_s_token_for_production_leads_through_it_too(self) -> None:
        identity, key = self.identity(), give_authenticator(self.olivia)
        client, page_of_form = browser(self.olivia), f"{NEW}/service"
        form = self.form | {"service": identity.slug, "days": "30", "may_reveal_production": "on", "name": "Deploy job"}
        referer = {"referer": f"http://testserver{page_of_form}"}
        refused = client.post(page_of_form, form, headers=referer)
        led = f"{STEP_UP}?next=%2Fo%2Facme%2Ftokens%2Fnew%2Fservice"
        self.assertContains(refused, led, status_code=403)
        self.assertFalse(AccessToken.objects.exists())
        client.post(STEP_UP, {"code": code_of(key)})
        self.assertEqual(client.post(page_of_form, form, headers=referer).status_code, 201)

    def granted(self) -> None:
        self.may_read(self.dev, self.production)

    def step_up(self) -> None:
        self.client.post(STEP_UP, {"code": code_of(self.key)})
