"""A reminder of an end is news when it comes, not when the token is made."""

from tests.sweeps.scene import DAY, SweepTestCase


class ExpiringTests(SweepTestCase):
    def test_a_token_is_not_said_to_end_in_as_many_days_as_it_was_made_for(self) -> None:
        self.of_service("For a month", lifetime=30 * DAY)
        self.assertEqual(self.said(day=0.1), {})
        self.assertEqual(self.said(day=16.1), {"in_14_days": 1})

    def test_of_a_longer_one_it_is_said(self) -> None:
        self.of_service("For longer", lifetime=40 * DAY)
        self.assertEqual(self.said(day=10.1), {"in_30_days": 1})

    def said(self, *, day: float) -> dict[str, int]:
        return {what: n for what, n in self.sweep("expiring-tokens", day=day).result.items() if n}
