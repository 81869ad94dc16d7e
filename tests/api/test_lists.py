"""Lists: a constant number of statements, no value opened, page after page, and no filter that is ignored."""

import datetime as dt
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from keyvault.actor import Role, Verb
from keyvault.secrets.models import Environment, Project
from keyvault.secrets.services.grants import grant
from keyvault.secrets.services.storing import add_version
from keyvault.secrets.values import Value
from orgs.models import Team
from orgs.services.invitations import invite_person
from tests.api.operations import OPERATIONS
from tests.api.scene import DEVELOPMENT, no_decryption
from tests.api.stage import StageTestCase
from tokens.models import AccessToken, ServiceIdentity, TokenUse

LISTS = sorted(name for name in OPERATIONS if name.startswith("list_"))


class ListTests(StageTestCase):
    def statements(self, name: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            response = self.perform("olivia", name, OPERATIONS[name])
        self.assertEqual(response.status_code, 200, response.content)
        return len(seen)

    def test_three_times_as_many_rows_take_no_statement_more(self) -> None:
        for name in LISTS:  # what is fetched once a process is fetched now
            self.statements(name)
        before = {name: self.statements(name) for name in LISTS}
        self.add_many()
        for name in LISTS:
            with self.subTest(name):
                self.assertEqual(self.statements(name), before[name])
                self.assertLessEqual(before[name], 10)

    def add_many(self) -> None:
        owner = self.actor(self.olivia)
        for number in range(12):
            self.stored(f"MANY_{number}", Value.text(f"value {number}"))
            add_version(actor=owner, secret=self.stripe, value=Value.text(f"key {number}"))
            invite_person(actor=owner, org=self.acme, email=f"guest{number}@guest.example", role=Role.VIEWER)
            Team.objects.create(org=self.acme, slug=f"team-{number}", name="x")
            self.of_service(f"service-{number}", (Verb.LIST,), project=self.shop)
            grant(actor=owner, to=self.membership(self.dev), project=self.shop, prefix=f"p-{number}/*")
            project = Project.objects.create(org=self.acme, slug=f"project-{number}", name="x")
            for place in (project, self.shop):
                Environment.objects.create(org=self.acme, project=place, slug=f"e{number}", name="x", tier="dev")

    def test_no_list_opens_a_value(self) -> None:
        with no_decryption():
            for name in LISTS:
                with self.subTest(name):
                    response = self.perform("olivia", name, OPERATIONS[name])
                    self.assertEqual(response.status_code, 200)
                    self.assertNotIn(b"sk_test", response.content)

    def test_pages_of_one_give_everything_once(self) -> None:
        for name in LISTS:
            with self.subTest(name):
                url = OPERATIONS[name].url(**self.holes(name))
                whole = self.get("olivia", f"{url}?page_size=200").json()
                if name == "list_events":  # every look adds one
                    continue
                self.assertIsNone(whole["next_cursor"])
                self.assertEqual(self.walk(url), whole["results"])

    def walk(self, url: str) -> list[Any]:
        rows: list[Any] = []
        cursor = ""
        while True:
            page = self.get("olivia", f"{url}?page_size=1{cursor}").json()
            rows += page["results"]
            if page["next_cursor"] is None:
                return rows
            cursor = f"&cursor={page['next_cursor']}"

    def test_an_unknown_filter_is_refused_and_never_ignored(self) -> None:
        for name in ("list_tokens", "list_events", "list_secrets"):
            url = OPERATIONS[name].url(**self.holes(name))
            self.assertRefused(self.get("olivia", f"{url}?nonsense=1"), 422, "invalid")


class SecretListTests(StageTestCase):
    def names(self, who: str, query: str = "") -> list[str]:
        response = self.get(who, f"{DEVELOPMENT}/secrets{query}")
        return [row["name"] for row in response.json()["results"]]

    def test_deleted_ones_are_not_listed(self) -> None:
        self.assertEqual(self.names("olivia"), ["api-keys/stripe"])

    def test_a_prefix_narrows_it(self) -> None:
        self.stored("SENTRY_DSN", Value.text("x"))
        self.assertEqual(self.names("olivia", "?prefix=api"), ["api-keys/stripe"])
        self.assertEqual(self.names("olivia", "?prefix=%25"), [])

    def test_a_token_for_paths_lists_those(self) -> None:
        self.stored("SENTRY_DSN", Value.text("x"))
        token = self.of_service("narrow", (Verb.LIST,), environment=self.development, prefixes=["api-keys/*"])
        self.assertEqual(self.names(token), ["api-keys/stripe"])

    def test_a_viewer_lists_what_its_grants_reach(self) -> None:
        self.stored("SENTRY_DSN", Value.text("x"))
        self.stored("team/key", Value.text("x"))
        held = self.membership(self.vera).grants
        self.assertEqual(self.names("vera"), ["SENTRY_DSN", "api-keys/stripe", "team/key"])
        held.all().delete()
        self.assertRefused(self.get("vera", f"{DEVELOPMENT}/secrets"), 403, "needs-grant")
        grant(actor=self.actor(self.olivia), to=self.membership(self.vera), project=self.shop, prefix="team/*")
        self.assertEqual(self.names("vera"), ["team/key"])

    def test_what_is_said_of_a_secret(self) -> None:
        [row] = self.get("ci", f"{DEVELOPMENT}/secrets").json()["results"]
        self.assertEqual((row["id"], row["version"], row["kind"]), (str(self.stripe.pk), 2, "secret"))
        self.assertEqual(row, self.get("ci", f"{DEVELOPMENT}/secrets/api-keys/stripe").json())


class TokenListTests(StageTestCase):
    def names(self, query: str) -> set[str]:
        return {row["name"] for row in self.get("olivia", f"/api/v1/tokens?{query}").json()["results"]}

    def test_by_state(self) -> None:
        AccessToken.objects.filter(name="Spare").update(expires_at=timezone.now() - dt.timedelta(hours=1))
        self.assertEqual(self.names("state=paused"), {"Asleep"})
        self.assertEqual(self.names("state=expired"), {"Spare"})
        self.assertNotIn("Spare", self.names("state=active"))
        self.assertEqual(self.names("state=revoked"), set())

    def test_by_owner_and_kind(self) -> None:
        self.assertEqual(self.names("owner=robot"), {"Deploys of robot"})
        self.assertEqual(self.names(f"owner={self.dev.email.upper()}"), {"Dev's laptop"})
        self.assertEqual(self.names("kind=team"), {"Shop frontend", "Shop backend"})
        self.assertRefused(self.get("olivia", "/api/v1/tokens?kind=x"), 422, "invalid")

    def test_stale_ones_were_not_used_for_so_long_or_never(self) -> None:
        long_ago = timezone.now() - dt.timedelta(days=40)
        AccessToken.objects.filter(name__in=["Spare", "Asleep"]).update(created_at=long_ago)
        asleep = AccessToken.objects.get(name="Asleep")
        TokenUse.objects.create(token=asleep, org=self.acme, last_at=timezone.now() - dt.timedelta(days=10))
        self.assertEqual(self.names("stale=30"), {"Spare"})
        self.assertEqual(self.names("stale=7"), {"Spare", "Asleep"})
        self.assertEqual(self.names("stale=60"), set())

    def test_a_token_looks_as_it_should_and_never_shows_its_value(self) -> None:
        token = self.get("olivia", f"/api/v1/tokens/{self.spare.pk}").json()
        self.assertEqual(
            (token["name"], token["kind"], token["owner"], token["state"]), ("Spare", "service", "ci", "active")
        )
        self.assertEqual((token["verbs"], token["project"], token["parent"]), (["list"], None, None))
        self.assertNotIn("value", token)
        self.assertNotIn("digest", token)

    def test_a_token_of_an_environment_sees_that_environment_s(self) -> None:
        token = self.of_service("manager", (Verb.LIST, Verb.MANAGE), environment=self.development)
        names = {row["name"] for row in self.get(token, "/api/v1/tokens").json()["results"]}
        self.assertEqual(names, {"Deploys of manager", "Deploys of ci", "Shop frontend", "Shop backend"})
        self.assertEqual(ServiceIdentity.objects.filter(org=self.acme).count(), 3)


class EventListTests(StageTestCase):
    def listed(self, query: str) -> list[dict[str, Any]]:
        response = self.get("olivia", f"/api/v1/events?{query}")
        self.assertEqual(response.status_code, 200, response.content)
        results: list[dict[str, Any]] = response.json()["results"]
        return results

    def test_newest_first_word_for_word_with_a_receipt(self) -> None:
        self.get("ci", f"{DEVELOPMENT}/values/api-keys/stripe")
        [event] = self.assertEvents("secret:reveal")
        first = self.listed("action=secret:reveal")[0]
        self.assertEqual(first, {**event.document, "receipt": str(event.receipt)})
        self.assertEqual(first, self.get("olivia", f"/api/v1/events/{event.pk}").json())

    def test_the_four_usual_questions(self) -> None:
        self.get("dev", f"{DEVELOPMENT}/values/api-keys/stripe")
        by_dev = self.listed(f"actor={self.dev.pk}")
        self.assertEqual({event["actor"]["name"] for event in by_dev}, {self.dev.email})
        on_stripe = self.listed(f"secret={self.stripe.pk}&action=secret:reveal")
        self.assertEqual({event["secret"]["name"] for event in on_stripe}, {"api-keys/stripe"})
        about_spare = self.listed(f"token={self.spare.pk}")
        self.assertEqual({event["on_token"]["name"] for event in about_spare}, {"Spare"})
        now = timezone.now()
        self.assertEqual(self.listed(f"since={(now + dt.timedelta(minutes=1)).strftime('%Y-%m-%dT%H:%M:%SZ')}"), [])
        self.assertTrue(self.listed(f"until={(now + dt.timedelta(minutes=1)).strftime('%Y-%m-%dT%H:%M:%SZ')}"))

    def test_denied_ones_alone(self) -> None:
        self.get("vera", "/api/v1/events")
        self.assertEqual({event["action"] for event in self.listed("outcome=denied")}, {"event:list"})

    def test_moments_that_no_key_can_say(self) -> None:
        for moment in ("1960-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
            self.listed(f"since={moment}")
            self.listed(f"until={moment}")
        for moment in ("yesterday", "2026-13-01", "0", "9999-12-31T23:59:59-23:59"):
            self.assertIn(self.get("olivia", f"/api/v1/events?since={moment}").status_code, (200, 422), moment)

    def test_a_token_of_one_environment_sees_that_environment_s_events(self) -> None:
        self.stored("ELSEWHERE", Value.text("x"), "staging")
        token = self.of_service("watcher", (Verb.MANAGE,), environment=self.development)
        seen = self.get(token, "/api/v1/events?page_size=200").json()["results"]
        self.assertEqual({event["env"]["name"] for event in seen}, {"development"})

    def test_what_was_asked_is_kept(self) -> None:
        self.listed(f"actor={self.dev.pk}&action=secret:reveal")
        [event] = [each for each in self.events() if each.action == "event:list"]
        self.assertEqual(event.document["details"], {"action": "secret:reveal", "actor": str(self.dev.pk)})
