"""So many requests a minute, for a token and for an address block, with Redis and without."""

from typing import Any
from unittest import mock

from django.test import SimpleTestCase, override_settings

from keyvault.actor import Origin, TokenKind
from keyvault.api import throttles
from keyvault.cache import FallbackCache
from keyvault.errors import TooManyRequests
from keyvault.ids import uuid7
from tests.api.scene import DEVELOPMENT, ApiTestCase, own_cache, redis_away
from tokens.format import mint

HERE, NEIGHBOUR, ELSEWHERE = (Origin(address=address) for address in ("203.0.113.7", "203.0.113.99", "198.51.100.1"))


def at(moment: float) -> Any:
    """A test that crosses the minute would count in two windows."""
    return mock.patch("time.time", return_value=moment)


class ThrottleTests(SimpleTestCase):
    def setUp(self) -> None:
        self.enterContext(own_cache())
        self.enterContext(at(1_800_000_012.5))

    def admitted(self, token: object, tries: int) -> int:
        for number in range(tries):
            try:
                throttles.count_token(token)
            except TooManyRequests:
                return number
        return tries

    @override_settings(KEYVAULT_TOKEN_RATE=5)
    def test_a_token_has_its_rate_and_another_one_its_own(self) -> None:
        first, second = uuid7(), uuid7()
        self.assertEqual(self.admitted(first, 20), 5)
        self.assertEqual(self.admitted(second, 20), 5)

    @override_settings(KEYVAULT_TOKEN_RATE=5)
    def test_the_refusal_says_when_the_window_ends(self) -> None:
        token = uuid7()
        self.admitted(token, 6)
        with self.assertRaises(TooManyRequests) as refused:
            throttles.count_token(token)
        self.assertEqual(refused.exception.retry_after, 60 - 1_800_000_012 % 60)

    @override_settings(KEYVAULT_TOKEN_RATE=5)
    def test_the_next_minute_is_a_new_one(self) -> None:
        token = uuid7()
        self.assertEqual(self.admitted(token, 9), 5)
        with at(1_800_000_072.5):
            self.assertEqual(self.admitted(token, 9), 5)

    @override_settings(KEYVAULT_ADDRESS_RATE=4)
    def test_neighbours_share_the_rate_of_their_block(self) -> None:
        for origin in (HERE, NEIGHBOUR, HERE, NEIGHBOUR):
            throttles.count_address(origin)
        with self.assertRaises(TooManyRequests):
            throttles.count_address(HERE)
        throttles.count_address(ELSEWHERE)

    @override_settings(KEYVAULT_TOKEN_RATE=1000)
    def test_processes_count_together_and_exceed_by_a_hundredth_each_at_most(self) -> None:
        token = uuid7()
        mine = self.admitted(token, 700)
        throttles.forget()  # what another process does not know
        self.assertEqual(mine, 700)
        self.assertLessEqual(300, theirs := self.admitted(token, 1000))
        self.assertLessEqual(theirs, 310)

    @override_settings(KEYVAULT_TOKEN_RATE=6000)
    def test_most_requests_cost_redis_nothing(self) -> None:
        with mock.patch.object(FallbackCache, "incr", autospec=True, side_effect=FallbackCache.incr) as asked:
            self.admitted(uuid7(), 600)
        self.assertLessEqual(asked.call_count, 12)

    @override_settings(KEYVAULT_TOKEN_RATE=5)
    def test_with_redis_away_the_limit_still_lets_in_and_still_refuses(self) -> None:
        token = uuid7()
        with redis_away():
            self.assertEqual(self.admitted(token, 20), 5)

    @override_settings(KEYVAULT_TOKEN_RATE=5)
    def test_redis_lost_in_the_middle_of_a_minute_neither_opens_nor_closes(self) -> None:
        token = uuid7()
        self.assertEqual(self.admitted(token, 3), 3)
        with redis_away():
            self.assertLessEqual(self.admitted(token, 20), 5)
            self.assertEqual(self.admitted(token, 5), 0)
            self.assertEqual(self.admitted(uuid7(), 5), 5)

    def test_many_blocks_do_not_fill_the_memory(self) -> None:
        with mock.patch("keyvault.api.throttles._CELLS", 10):
            for number in range(100):
                throttles.count_token(number)
            self.assertLessEqual(len(throttles._meter._cells), 10)


class ThrottledRequestTests(ApiTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(at(1_800_000_012.5))

    def statuses(self, who: str | None, path: str, tries: int) -> list[int]:
        return [self.get(who, path).status_code for _ in range(tries)]

    @override_settings(KEYVAULT_TOKEN_RATE=3)
    def test_a_token_above_its_rate_waits_and_the_others_go_on(self) -> None:
        self.assertEqual(self.statuses("dev", "/api/v1/whoami", 5), [200, 200, 200, 429, 429])
        self.assertEqual(self.get("adam", "/api/v1/whoami").status_code, 200)

    @override_settings(KEYVAULT_TOKEN_RATE=3)
    def test_reading_values_counts_like_everything_else(self) -> None:
        path = f"{DEVELOPMENT}/values/api-keys/stripe"
        self.assertEqual(self.statuses("ci", path, 5), [200, 200, 200, 429, 429])
        self.assertEvents("secret:reveal", "secret:reveal", "secret:reveal")

    @override_settings(KEYVAULT_ADDRESS_RATE=3)
    def test_an_address_block_above_its_rate_waits_before_anything_is_looked_up(self) -> None:
        self.assertEqual(self.statuses("dev", "/api/v1/whoami", 4), [200, 200, 200, 429])
        with self.assertNumQueries(0):
            response = self.get("adam", "/api/v1/whoami")
        self.assertRefused(response, 429, "rate-limited")
        self.assertTrue(1 <= int(response["Retry-After"]) <= 60)

    @override_settings(KEYVAULT_ANONYMOUS_RATE=3)
    def test_a_block_that_tries_bad_tokens_waits_and_its_good_ones_go_on(self) -> None:
        bad = mint(TokenKind.PERSON)
        self.assertEqual(self.statuses(bad, "/api/v1/whoami", 5), [401, 401, 401, 429, 429])
        self.assertEqual(self.statuses(None, "/api/v1/whoami", 1), [429])
        self.assertEqual(self.get("dev", "/api/v1/whoami").status_code, 200)

    @override_settings(KEYVAULT_TOKEN_RATE=3)
    def test_with_redis_away_requests_are_answered_and_still_limited(self) -> None:
        with redis_away():
            self.assertEqual(self.statuses("dev", "/api/v1/whoami", 5), [200, 200, 200, 429, 429])
            self.assertEqual(self.get("nobody", "/api/v1/whoami").status_code, 401)

    def test_hundreds_of_junk_requests_leave_a_handful_of_events(self) -> None:
        for number in range(350):
            self.get(f"junk-{number}", "/api/v1/whoami")
        self.assertLessEqual(len(self.events()), 6)
