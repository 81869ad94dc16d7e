"""Hours of use, as the flusher sums them."""

import datetime as dt
from typing import Any

from django.utils import timezone

from gateway.models import Hour
from gateway.usage.latency import BUCKETS
from keyvault.ids import uuid7
from tests.tokens.scene import TokenTestCase
from tokens.models import AccessToken


class UsageTestCase(TokenTestCase):
    def passed(self, token: AccessToken, *, hours_ago: int = 0, **sums: Any) -> None:
        hour = timezone.now().replace(minute=0, second=0, microsecond=0) - dt.timedelta(hours=hours_ago)
        person = token.membership.user_id if token.membership else None
        facts: dict[str, Any] = {
            "requests": 10, "errors": 0, "estimated": 0, "bytes_in": 1, "bytes_out": 1, "tokens_in": 5,
            "tokens_cached": 0, "tokens_out": 7, "spend": 0, "milliseconds": 100, "slowest": 50,
            "provider": "openai", "model": "gpt-x",
        }  # fmt: skip
        facts |= {"latencies": [0, facts["requests"] + sums.get("requests", 0), *[0] * (BUCKETS - 2)], **sums}
        Hour.objects.create(
            id=uuid7(), org=self.acme, hour=hour, token=token.pk, person=person, service=token.service_id,
            project=token.project_id, environment=token.environment_id, **facts,
        )  # fmt: skip
