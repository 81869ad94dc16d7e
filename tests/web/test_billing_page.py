"""Limits are seen by who works with them and set by who may; money is for owners."""

from django.utils import timezone

from gateway.limits.facts import CENT, Kind
from gateway.models import Limit, Pool
from gateway.services.limits import Bounds, set_limit
from tests.web.scene import browser, queries
from tests.web.usage import UsageTestCase

BILLING = "/o/acme/billing"
LIMIT = f"{BILLING}/limit"
GOOD = {"requests_per_minute": "60", "monthly_cents": "20.50", "soft_cents": "10", "allowed_models": "gpt-4o*\n\n o3 "}


class BillingPageTests(UsageTestCase):
    def test_a_limit_is_set_changed_and_lifted(self) -> None:
        client = browser(self.adam)
        self.assertRedirects(client.post(LIMIT, GOOD), BILLING)
        limit = Limit.objects.get()
        self.assertEqual((limit.requests_per_minute, limit.monthly_cents, limit.soft_cents), (60, 2050, 1000))
        self.assertEqual(limit.allowed_models, ["gpt-4o*", "o3"])
        self.assertContains(client.get(LIMIT), "20.50")
        client.post(LIMIT, {"requests_per_minute": "5"})
        self.assertIsNone(Limit.objects.get().monthly_cents)
        client.post(f"{BILLING}/limits/{limit.pk}/removal")
        self.assertFalse(Limit.objects.exists())
        self.assertEventsInclude("limit:set", "limit:remove")

    def test_it_is_set_of_a_project_or_a_token(self) -> None:
        token = self.of_service("Checkout").token
        for query, field in ((f"?project={self.shop.slug}", "project"), (f"?token={token.pk}", "token")):
            browser(self.adam).post(f"{LIMIT}{query}", {"concurrent": "3"})
            self.assertTrue(Limit.objects.filter(**{f"{field}__isnull": False}, concurrent=3).exists())

    def test_what_is_wrong_is_said_at_its_field_and_nothing_is_set(self) -> None:
        for wrong, said in (
            ({"requests_per_minute": "0"}, "greater than or equal to 1"),
            ({"monthly_cents": "1.234"}, "2 decimal places"),
            ({"monthly_cents": "1", "soft_cents": "2"}, "not above the hard one"),
            ({"allowed_models": "a b"}, "is no model"),
            ({"concurrent": "99999999999"}, "From 1 to"),
        ):
            with self.subTest(wrong):
                answer = browser(self.adam).post(LIMIT, wrong)
                self.assertContains(answer, said, status_code=422)
        self.assertFalse(Limit.objects.exists())

    def test_each_role_has_its_part(self) -> None:
        self.budget(spent=900)
        owner, admin, developer = (self.page(who) for who in ("olivia", "adam", "dev"))
        for page in (owner, admin, developer):
            self.assertIn("9.00 of 10.00", " ".join(page.split()))
        self.assertEqual(["Chargeback" in page for page in (owner, admin, developer)], [True, False, False])
        self.assertNotIn("billing/limit", developer)
        self.assertEqual(browser(self.vera).get(BILLING).status_code, 403)
        self.assertEqual(browser(self.mallory).get(BILLING).status_code, 404)
        self.assertEqual(browser(self.dev).post(LIMIT, GOOD).status_code, 403)
        self.assertEqual(browser(self.adam).get(f"{BILLING}/chargeback?month=2026-11").status_code, 403)

    def test_a_budget_that_is_used_up_says_so(self) -> None:
        self.budget(spent=1000)
        self.assertIn("Used up", self.page("olivia"))

    def test_a_month_is_charged_back_as_csv(self) -> None:
        self.passed(self.of_service("Checkout", project=self.shop).token, spend=1_500_000)
        answer = browser(self.olivia).get(f"{BILLING}/chargeback?month=2026-11")
        self.assertEqual(answer["Content-Type"], "text/csv; charset=utf-8")
        for month in ("", "2026-13", "1999-01", "2026-11-01", "../x"):
            self.assertEqual(browser(self.olivia).get(f"{BILLING}/chargeback?month={month}").status_code, 404)

    def test_what_is_not_there_is_404(self) -> None:
        for query in ("?project=nowhere", "?token=nonsense", "?token=01a21252-4894-7851-b3e4-e34d052ae8bc"):
            self.assertEqual(browser(self.adam).get(f"{LIMIT}{query}").status_code, 404)

    def test_as_many_queries_for_many_limits_as_for_few(self) -> None:
        self.budget(spent=1)
        client = browser(self.olivia)
        client.get(BILLING)
        few = queries(client, BILLING)
        for number in range(6):
            set_limit(
                actor=self.actor(self.olivia), on=self.of_service(f"Token {number}").token, bounds=Bounds(soft_cents=9)
            )
        self.assertEqual(queries(client, BILLING), few)

    def budget(self, *, spent: int) -> None:
        set_limit(actor=self.actor(self.olivia), on=self.acme, bounds=Bounds(monthly_cents=1000))
        month = timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        Pool.objects.create(org=self.acme, subject=self.acme.pk, kind=Kind.MONEY.value, period=month, used=spent * CENT)

    def page(self, who: str) -> str:
        return browser(getattr(self, who)).get(BILLING).content.decode()
