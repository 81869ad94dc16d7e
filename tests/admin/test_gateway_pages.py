"""The operators' pages on the gateway: providers, models and prices, MCP servers, usage, budgets."""

import datetime as dt
from typing import Any

from django.utils import timezone

from gateway.limits.facts import CENT, Kind
from gateway.models import Pool, Upstream
from gateway.proxy.providers import load
from gateway.services.limits import Bounds, set_limit
from gateway.services.upstreams import add_upstream, change_upstream
from keyvault.actor import PlatformRole
from tests.admin.scene import BUDGETS, MCP, MODELS, PROVIDERS, USAGE, desk, make_operator
from tests.web.scene import queries
from tests.web.usage import UsageTestCase


class GatewayPagesTests(UsageTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.desk = desk(make_operator(PlatformRole.SUPER_ADMIN))

    def text(self, address: str) -> str:
        answer = self.desk.get(address)
        self.assertEqual(answer.status_code, 200)
        return answer.content.decode()

    def test_every_preset_and_every_upstream_is_a_row(self) -> None:
        self.upstream("llm")
        off = self.upstream("old")
        change_upstream(actor=self.actor(self.adam), upstream=off, enabled=False)
        page = self.text(PROVIDERS)
        for slug in load():
            self.assertIn(f"<code>{slug}</code>", page)
        for text in ("llm.acme.example", "Switched off", "unverified", "header:x-api-key"):
            self.assertIn(text, page)

    def test_models_that_were_used_without_a_price_stand_out(self) -> None:
        self.passed(self.of_service("Checkout").token, model="gpt-unheard-of")
        page = self.text(MODELS)
        self.assertIn("gpt-unheard-of", page)
        self.assertIn('data-tone="warn">None</span>', page)
        self.assertIn("<code>gpt-5-nano</code></td><td>0.05</td>", page)

    def test_mcp_servers_are_shown_with_the_tools_that_are_kept_to(self) -> None:
        self.upstream("tools", protocol="mcp", tools=["search", "list_*"])
        self.upstream("llm")
        bounds = Bounds(allowed_tools=("tools/search",))
        set_limit(actor=self.actor(self.adam), on=self.shop, bounds=bounds)
        page = self.text(MCP)
        for text in ("list_*", "tools/search", "project shop"):
            self.assertIn(text, page)
        self.assertNotIn("<code>llm</code>", page)

    def test_usage_is_that_of_the_month_in_the_address(self) -> None:
        self.passed(self.of_service("Checkout").token, requests=1200, spend=2_500_000)
        page = self.text(USAGE)
        for text in ("1,200", "2.50", "Acme", "openai", "gpt-x"):
            self.assertIn(text, page)
        before = timezone.now().replace(day=1) - dt.timedelta(days=1)
        self.assertIn("Nothing went through", self.text(f"{USAGE}?month={before:%Y-%m}"))

    def test_a_month_that_is_none_is_no_page(self) -> None:
        for month in ("2026-13", "1999-01", "x", "", "2026-1", "9999-01"):
            self.assertEqual(self.desk.get(USAGE, {"month": month}).status_code, 404)

    def test_budgets_say_what_is_spent_of_them(self) -> None:
        for on, cents in ((self.acme, 2000), (self.shop, 500)):
            bounds = Bounds(monthly_cents=cents, soft_cents=cents // 2, requests_per_minute=1500)
            set_limit(actor=self.actor(self.olivia), on=on, bounds=bounds)
        month = timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        Pool.objects.create(org=self.acme, subject=self.shop.pk, kind=Kind.MONEY.value, period=month, used=700 * CENT)
        page = self.text(BUDGETS)
        for text in ("Used up", "Within", "20.00", "7.00", "1,500", "the organisation", "project shop"):
            self.assertIn(text, page)

    def test_as_many_queries_for_many_rows_as_for_few(self) -> None:
        pages = (PROVIDERS, MODELS, MCP, USAGE, BUDGETS)
        self.fill("one")
        few = []
        for page in pages:
            self.desk.get(page)
            few.append(queries(self.desk, page))
        for number in range(5):
            self.fill(f"more-{number}")
        self.assertEqual([queries(self.desk, page) for page in pages], few)

    def fill(self, name: str) -> None:
        token = self.of_service(name).token
        self.upstream(name, protocol="mcp")
        self.passed(token, model=name)
        bounds = Bounds(monthly_cents=100, allowed_tools=("*/search",))
        set_limit(actor=self.actor(self.olivia), on=token, bounds=bounds)

    def upstream(self, slug: str, **facts: Any) -> Upstream:
        said: dict[str, Any] = {"title": slug, "base": f"https://{slug}.acme.example", "slots": ["bearer"], **facts}
        return add_upstream(actor=self.actor(self.adam), org=self.acme, slug=slug, **said)
