"""Unused tokens are listed with what becomes of them; keeping and exempting them is done on the page."""

import datetime as dt

from django.utils import timezone

from tests.tokens.scene import TokenTestCase
from tests.web.scene import browser, queries
from tokens.models import AccessToken, TokenReview

UNUSED = "/o/acme/tokens/unused"


class TokenReviewTests(TokenTestCase):
    def test_nothing_is_listed_that_is_young(self) -> None:
        self.of_service("Young")
        self.assertContains(browser(self.olivia).get(UNUSED), "Nothing lies unused")

    def test_each_says_what_becomes_of_it(self) -> None:
        told, paused, untold = (self.stale(name) for name in ("Told", "Paused", "Untold"))
        TokenReview.objects.create(token=told, org=self.acme, noticed_at=timezone.now())
        at = timezone.now()
        AccessToken.objects.filter(pk=paused.pk).update(state="paused", paused_at=at)
        TokenReview.objects.create(token=paused, org=self.acme, noticed_at=at, paused_at=at)
        page = browser(self.olivia).get(UNUSED).content.decode()
        for text in ("Paused on", "Revoked on", "Its holder is told", untold.name, "Never used"):
            self.assertIn(text, page)

    def test_one_is_kept(self) -> None:
        token = self.stale("Kept")
        answer = browser(self.adam).post(f"/o/acme/tokens/{token.pk}/keeping", follow=True)
        self.assertContains(answer, "Kept is kept")
        self.assertContains(answer, "Nothing lies unused")
        self.assertEventsInclude("token:keep")

    def test_one_is_exempt_until_a_day_and_reviewed_again(self) -> None:
        token, client = self.stale("Fire drill"), browser(self.adam)
        place = f"/o/acme/tokens/{token.pk}/exemption"
        until = timezone.now().date() + dt.timedelta(days=100)
        self.assertRedirects(client.post(place, {"reason": "Used once a year", "until": until}), UNUSED)
        self.assertContains(client.get(UNUSED), "Used once a year")
        self.assertContains(client.post(f"{place}/end", follow=True), "is reviewed again")
        self.assertContains(client.post(f"{place}/end", follow=True), "not exempt")

    def test_a_reason_or_a_day_that_is_wrong_is_said_at_its_field(self) -> None:
        place = f"/o/acme/tokens/{self.stale('Wrong').pk}/exemption"
        for fields in ({"reason": "", "until": "2027-01-01"}, {"reason": "x", "until": "2099-01-01"}, {"reason": "x"}):
            with self.subTest(fields):
                self.assertEqual(browser(self.adam).post(place, fields).status_code, 422)
        self.assertFalse(TokenReview.objects.exists())

    def test_a_member_keeps_the_own_ones_and_exempts_none(self) -> None:
        mine = self.personal(self.dev, "Mine").token
        self.age(mine)
        page = browser(self.dev).get(UNUSED).content.decode()
        self.assertIn("/keeping", page)
        self.assertNotIn("/exemption", page)
        fields = {"reason": "x", "until": timezone.now().date()}
        self.assertEqual(browser(self.dev).post(f"/o/acme/tokens/{mine.pk}/exemption", fields).status_code, 403)
        self.assertEqual(browser(self.mallory).get(UNUSED).status_code, 404)

    def test_as_many_queries_for_many_as_for_few(self) -> None:
        self.stale("First")
        client = browser(self.olivia)
        client.get(UNUSED)
        few = queries(client, UNUSED)
        for number in range(6):
            self.stale(f"Token {number}")
        self.assertEqual(queries(client, UNUSED), few)

    def stale(self, name: str) -> AccessToken:
        token = self.of_service(name, lifetime=dt.timedelta(days=300)).token
        self.age(token)
        return token

    def age(self, token: AccessToken) -> None:
        AccessToken.objects.filter(pk=token.pk).update(created_at=timezone.now() - dt.timedelta(days=120))
