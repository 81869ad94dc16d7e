"""Usage is shown to whom it belongs, in figures, bars and tables that say the same."""

from tests.web.scene import browser, queries
from tests.web.usage import UsageTestCase

USAGE = "/o/acme/usage"


class UsagePageTests(UsageTestCase):
    def test_without_a_request_it_says_how_to_make_one(self) -> None:
        self.assertContains(browser(self.olivia).get(USAGE), "/openai/v1/models")

    def test_figures_bars_and_rows_say_the_same(self) -> None:
        issued = self.of_service("Checkout", project=self.shop, environment=self.development)
        self.passed(issued.token, requests=1200, errors=30, spend=2_500_000)
        page = self.page(USAGE)
        for text in ("1,200", "2.5%", "2.50", "Checkout", "1,170 served, 30 errors", "within 300 ms"):
            self.assertIn(text if "served" not in text else "1170 served, 30 errors", page)
        for by, name in (("project", "shop"), ("provider", "openai"), ("model", "gpt-x"), ("service", "deploy")):
            self.assertIn(name, self.page(f"{USAGE}?by={by}"))

    def test_a_member_sees_what_the_own_tokens_used(self) -> None:
        mine = self.personal(self.dev, "My own", project=self.shop, environment=self.development).token
        others = self.of_service("Of others").token
        for token in (mine, others):
            self.passed(token)
        page = browser(self.dev).get(USAGE).content.decode()
        self.assertIn(mine.name, page)
        self.assertNotIn("Of others", page)
        self.assertNotIn("Why requests were refused", page)

    def test_the_period_stands_in_the_address(self) -> None:
        token = self.of_service("Long ago").token
        self.passed(token, hours_ago=24 * 40)
        self.assertIn("No requests yet", self.page(f"{USAGE}?days=30"))
        self.assertIn("Long ago", self.page(f"{USAGE}?days=90"))
        for nonsense in ("days=9999999999", "days=-1", "days=x", "by=secret", "project=nowhere"):
            self.assertIn("No requests yet", self.page(f"{USAGE}?{nonsense}"))

    def test_a_day_has_24_bars_and_a_month_30(self) -> None:
        self.passed(self.of_service().token)
        self.assertEqual(self.page(f"{USAGE}?days=1").count("<title>"), 25)  # the page's own among them
        self.assertEqual(self.page(f"{USAGE}?days=30").count("<title>"), 31)

    def test_it_is_downloaded_as_csv(self) -> None:
        self.passed(self.of_service("=HYPERLINK(1)").token)
        answer = browser(self.olivia).get(f"{USAGE}/export?days=7")
        self.assertEqual(answer["Content-Type"], "text/csv; charset=utf-8")
        self.assertIn("'=HYPERLINK(1)", answer.content.decode())

    def test_as_many_queries_for_many_tokens_as_for_few(self) -> None:
        self.passed(self.of_service("First").token)
        client = browser(self.olivia)
        client.get(USAGE)
        few = queries(client, USAGE)
        for number in range(8):
            self.passed(self.of_service(f"Token {number}").token)
        self.assertEqual(queries(client, USAGE), few)

    def page(self, address: str) -> str:
        return browser(self.olivia).get(address).content.decode()
