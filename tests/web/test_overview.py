"""The overview leads with what needs somebody, counts what there is, and shows nothing that the role may not see."""

import datetime as dt

from django.utils import timezone

from alerts.catalogue import Severity
from alerts.models import Alert, Channel, ChannelKind
from keyvault.secrets.models import Project, Secret
from keyvault.secrets.services.storing import create_secret
from keyvault.secrets.values import Value
from orgs.models import Organization
from tests.tokens.scene import TokenTestCase
from tests.web.scene import browser, queries
from tokens.models import AccessToken

OVERVIEW = "/o/acme/"


class OverviewTests(TokenTestCase):
    def test_what_is_worst_comes_first(self) -> None:
        self.a_secret("DUE", rotate_by=timezone.now().date() - dt.timedelta(days=3))
        now = timezone.now()
        Alert.objects.create(
            org=self.acme, kind="foreign-origin", subject="x", severity=Severity.CRITICAL, title="A token went astray",
            sentence="41 refusals in 3 min", first_at=now, last_at=now,
        )  # fmt: skip
        issued = self.of_service("Ends soon", lifetime=dt.timedelta(days=2))
        page = self.page("olivia")
        order = [page.index(text) for text in ("A token went astray", "1 secret of shop is due", "end within 7 days")]
        self.assertEqual(order, sorted(order))
        self.assertIn(issued.token.name, page)

    def test_the_same_value_elsewhere_is_told_to_who_may_read_both(self) -> None:
        for environment in (self.development, self.production):
            self.a_secret("STRIPE", environment=environment, value="sk_live_of_all")
        self.assertNotIn("production value", self.page("olivia"))
        self.may_read(self.olivia, self.production)
        self.assertNotIn("production value", self.page("olivia"), "not before the second factor")

    def test_a_failing_channel_is_told(self) -> None:
        Channel.objects.create(
            org=self.acme, name="Pager", kind=ChannelKind.EMAIL, failing_since=timezone.now(), last_error="refused"
        )
        self.assertIn("Pager: refused", self.page("olivia"))
        self.assertNotIn("Pager", self.page("dev"))

    def test_a_role_sees_what_it_may(self) -> None:
        self.a_secret("KEY")
        self.of_service()
        owner, viewer = self.page("olivia"), self.page("vera")
        self.assertIn("Recent activity", owner)
        for text in ("Recent activity", "First steps", "1 access token"):
            self.assertNotIn(text, viewer)

    def test_first_steps_are_ticked_by_what_there_is(self) -> None:
        Project.objects.all().delete()
        Organization.objects.filter(pk=self.acme.pk).update(mfa_required=False)
        self.assertIn("First steps", self.page("olivia"))
        before = self.page("olivia").count("data-done")
        Project.objects.create(org=self.acme, slug="new", name="New")
        self.assertEqual(self.page("olivia").count("data-done"), before + 1)
        Organization.objects.filter(pk=self.acme.pk).update(created_at=timezone.now() - dt.timedelta(days=31))
        self.assertNotIn("First steps", self.page("olivia"))

    def test_the_totals_ask_for_themselves_and_are_no_act(self) -> None:
        client = browser(self.olivia)
        client.get(OVERVIEW)
        self.forget_events()
        answer = client.get(OVERVIEW, headers={"HX-Request": "true", "X-Poll": "1"})
        self.assertTrue(answer.content.startswith(b'<p id="totals"'), answer.content[:80])
        self.assertEqual(self.events(), [])

    def test_many_rows_take_no_more_queries_than_few(self) -> None:
        self.a_secret("A", rotate_by=timezone.now().date())
        self.of_service("Token 0", lifetime=dt.timedelta(days=2))
        client = browser(self.olivia)
        client.get(OVERVIEW)
        few = queries(client, OVERVIEW)
        for number in range(6):
            Project.objects.create(org=self.acme, slug=f"p{number}", name=f"P{number}")
            self.a_secret(f"B{number}", rotate_by=timezone.now().date())
            self.of_service(f"Token of {number}", lifetime=dt.timedelta(days=2))
        self.assertEqual(queries(client, OVERVIEW), few)
        self.assertGreater(AccessToken.objects.count(), 6)

    def page(self, who: str) -> str:
        return browser(getattr(self, who)).get(OVERVIEW).content.decode()

    def a_secret(self, name: str, *, value: str = "x", rotate_by: dt.date | None = None, **place: object) -> None:
        environment = place.get("environment", self.development)
        actor = self.actor(self.olivia, stepped_up=True)
        stored = create_secret(actor=actor, environment=environment, name=name, value=Value.text(value))  # type: ignore[arg-type]
        Secret.objects.filter(pk=stored.secret.pk).update(rotate_by=rotate_by)
