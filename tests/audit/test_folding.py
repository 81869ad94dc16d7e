"""Refusals of nobody in particular: counted, told in few events, whoever sends them and from however many addresses."""

import ipaddress

import pytest
from django.core.cache import cache
from django.test import TestCase, override_settings

from audit.folding import BLOCKS_A_MINUTE, EVERYWHERE, Fold, count_refusal
from audit.services import record_folded
from keyvault.actor import Origin
from tests.audit.scene import events
from tests.clock import within_a_minute

IN_PROCESS = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "folding",
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    }
}


def rotating(number: int) -> str:
    """Another /64 each time."""
    return str(ipaddress.IPv6Address((0x2001_0DB8 << 96) | (number << 64) | 7))


@override_settings(CACHES=IN_PROCESS)
class FoldingTests(TestCase):
    def setUp(self) -> None:
        cache.clear()
        self.enterContext(within_a_minute())

    def test_one_block_is_told_at_1_10_100_1000(self) -> None:
        folds = [count_refusal("token:use", "unknown", "203.0.113.9") for _ in range(1500)]
        told = [fold for fold in folds if fold]
        self.assertEqual(told, [Fold(count, "203.0.113.0/24") for count in (1, 10, 100, 1000)])

    def test_neighbours_in_a_block_are_one(self) -> None:
        folds = [count_refusal("token:use", "unknown", f"203.0.113.{n}") for n in range(9)]
        self.assertEqual(len([fold for fold in folds if fold]), 1)

    def test_rotating_addresses_cannot_flood_the_log(self) -> None:
        told = [fold for n in range(20_000) if (fold := count_refusal("token:use", "unknown", rotating(n)))]
        self.assertLessEqual(len(told), BLOCKS_A_MINUTE + 6)
        self.assertEqual(told[BLOCKS_A_MINUTE].block, EVERYWHERE)

    def test_reasons_are_told_apart(self) -> None:
        for reason in ("unknown", "malformed"):
            record_folded("token:use", origin=Origin("203.0.113.9"), reason=reason)
        self.assertEqual([event.reason for event in events("token:use")], ["unknown", "malformed"])

    def test_event_carries_the_count_the_block_and_one_address(self) -> None:
        for _ in range(25):
            record_folded("token:use", origin=Origin("2001:db8::9", "curl/8.5"), reason="unknown")
        found = events("token:use")
        self.assertEqual([event.document["details"]["count"] for event in found], [1, 10])
        self.assertEqual(found[1].document["details"]["block"], "2001:db8::/64")
        self.assertEqual((found[1].address, found[1].document["ua"]), ("2001:db8::9", "curl/8.5"))
        self.assertEqual((found[1].outcome, found[1].actor_type, found[1].actor_id), ("denied", "anonymous", None))

    def test_folded_refusal_costs_no_statement(self) -> None:
        record_folded("token:use", origin=Origin("203.0.113.9"), reason="unknown")
        with self.assertNumQueries(0):
            record_folded("token:use", origin=Origin("203.0.113.9"), reason="unknown")

    def test_refusals_without_an_address_are_one_block(self) -> None:
        folds = [count_refusal("token:use", "unknown", None) for _ in range(9)]
        self.assertEqual([fold for fold in folds if fold], [Fold(1, "unknown")])

    def test_emptied_cache_starts_again(self) -> None:
        count_refusal("token:use", "unknown", "203.0.113.9")
        cache.clear()
        self.assertEqual(count_refusal("token:use", "unknown", "203.0.113.9"), Fold(1, "203.0.113.0/24"))

    def test_details_are_those_of_the_refusal_that_is_told(self) -> None:
        for number in range(3):
            record_folded("token:use", origin=Origin("203.0.113.9"), reason="unknown", details={"typed": number})
        (told,) = events("token:use")
        self.assertEqual((told.document["details"]["typed"], told.document["details"]["count"]), (0, 1))


@pytest.mark.slow
class FloodTests(TestCase):
    def test_100_000_junk_requests_are_at_most_60_events(self) -> None:
        """On the real cache, half of them from one block, half from ever new ones."""
        for n in range(100_000):
            address = rotating(n) if n % 2 else "203.0.113.9"
            record_folded("flood:use", origin=Origin(address), reason="unknown")
        self.assertLessEqual(len(events("flood:use")), 60)
        self.assertGreater(len(events("flood:use")), 1)
