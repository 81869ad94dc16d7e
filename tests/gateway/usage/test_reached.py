"""Usage over the whole way: a request through the real gateway becomes rows, sums, a last use and one event."""

import json

from gateway.models import Hour, Limit, Minute, Pool, Usage
from tests.gateway.house import until
from tests.gateway.scene import GatewayTestCase
from tests.tokens.scene import shown
from tokens.models import TokenUse

CHAT = "/openai/v1/chat/completions"
ASKED = json.dumps({"model": "gpt-4o", "max_tokens": 100, "messages": []}).encode()


class ReachedTests(GatewayTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.broker(self.development)
        self.issued = self.at_development()
        self.token = shown(self.issued)
        until(lambda: self.ask() != 401)

    def ask(self, body: bytes = ASKED) -> int:
        return self.house.ask(CHAT, self.token, body=body, content_type="application/json").status

    def test_a_request_becomes_a_row_a_sum_and_a_last_use(self) -> None:
        self.assertEqual(self.ask(), 200)
        until(Hour.objects.exists)
        row, hour = Usage.objects.latest("id"), Hour.objects.get()
        self.assertEqual(
            (row.token, row.provider, row.status, row.ending), (self.issued.token.id, "openai", 200, "complete")
        )
        self.assertEqual(hour.environment, self.development.id)
        self.assertTrue(TokenUse.objects.filter(token_id=self.issued.token.id).exists())
        self.assertTrue(Minute.objects.exists())

    def test_a_budget_refuses_what_could_go_beyond_it(self) -> None:
        Limit.objects.create(org=self.acme, token=self.issued.token, monthly_cents=1)
        dear = json.dumps({"model": "gpt-4o", "max_tokens": 10_000, "messages": []}).encode()
        until(lambda: self.ask(dear) == 402)
        self.assertEqual(self.ask(), 200)
        self.assertTrue(Pool.objects.filter(subject=self.issued.token.id, kind="money").exists())
