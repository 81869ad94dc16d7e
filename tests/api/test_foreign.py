"""Another organization does not exist: every name and id of it answers as one that was never given."""

from typing import Any
from uuid import UUID

from keyvault.secrets.services.projects import create_project
from tests.api.operations import OPERATIONS
from tests.api.stage import StageTestCase

NEVER = {
    "project": "never",
    "environment": "never",
    "name": "never",
    "member": str(UUID(int=7)),
    "connection": str(UUID(int=7)),
    "session": str(UUID(int=7)),
    "invitation": str(UUID(int=7)),
    "offboarding": str(UUID(int=7)),
    "stream": str(UUID(int=7)),
    "team": "never",
    "service": "never",
    "token": str(UUID(int=7)),
    "limit": str(UUID(int=7)),
    "upstream": "never",
    "label": "never",
    "event": str(UUID(int=7)),
    "scanner": str(UUID(int=7)),
    "alert": str(UUID(int=7)),
    "channel": str(UUID(int=7)),
    "delivery": str(UUID(int=7)),
}


class ForeignTests(StageTestCase):
    def alike(self, first: Any, second: Any) -> None:
        self.assertEqual(first.status_code, second.status_code, (first.content, second.content))
        self.assertEqual(_without_request(first), _without_request(second))
        self.assertEqual(set(first.headers), set(second.headers))

    def test_every_operation_with_foreign_names_and_ids(self) -> None:
        for name, operation in OPERATIONS.items():
            if "{" not in operation.path:
                continue
            with self.subTest(name):
                foreign = self.perform("mallory", name, operation)
                unknown = self.call(
                    "mallory", operation.method, operation.path.format(**NEVER), operation.said_by("mallory")
                )
                self.assertEqual(foreign.status_code, 404, foreign.content)
                self.alike(foreign, unknown)

    def test_acme_s_log_has_nothing_of_it(self) -> None:
        for name, operation in OPERATIONS.items():
            with self.subTest(name):
                self.perform("mallory", name, operation)
                self.assertEqual([event for event in self.events() if event.org_id == self.acme.pk], [])

    def test_lists_show_one_s_own_organization_only(self) -> None:
        self.assertEqual(self.get("mallory", "/api/v1/whoami").json()["organization"], "evil-corp")
        [member] = self.get("mallory", "/api/v1/members").json()["results"]
        self.assertEqual(member["email"], self.mallory.email)
        [token] = self.get("mallory", "/api/v1/tokens").json()["results"]
        self.assertEqual(token["name"], "Mallory's laptop")
        empty = ["projects", "teams", "grants", "service-identities", "sso/connections", "invitations", "offboardings"]
        empty += ["alerts", "alert-channels", "alert-deliveries", "upstreams", "host-labels"]
        for path in empty:
            self.assertEqual(self.get("mallory", f"/api/v1/{path}").json()["results"], [], path)
        events = self.get("mallory", "/api/v1/events?page_size=200").json()["results"]
        self.assertEqual({event["org"]["name"] for event in events}, {"evil-corp"})

    def test_filters_do_not_reach_over(self) -> None:
        for query in (f"secret={self.stripe.pk}", f"token={self.spare.pk}", f"actor={self.dev.pk}"):
            self.assertEqual(self.get("mallory", f"/api/v1/events?{query}").json()["results"], [], query)
        for query in (f"owner={self.dev.email}", "owner=ci"):
            self.assertEqual(self.get("mallory", f"/api/v1/tokens?{query}").json()["results"], [], query)

    def test_bodies_that_name_foreign_things(self) -> None:
        create_project(actor=self.actor(self.mallory), name="Shop", slug="mine")
        mine = "/api/v1/projects/mine/environments/development"
        self.assertEqual(self.post("mallory", f"{mine}/secrets", {"name": "own", "value": "x"}).status_code, 201)
        token = {"kind": "service", "name": "A foreign one", "verbs": ["list"], "lifetime": 3600}
        for path, foreign, unknown in (
            (f"{mine}/copies/own", {"project": "shop", "environment": "staging"}, {"project": "x", "environment": "y"}),
            (f"{mine}/moves/own", {"project": "shop", "environment": "staging"}, {"project": "x", "environment": "y"}),
            (f"{mine}/values", {"names": ["api-keys/stripe"]}, {"names": ["api-keys/stripf"]}),
            (f"{mine}/secrets", _owned_by(self.dev.email), _owned_by("nobody@acme.example")),
            ("/api/v1/tokens", {**token, "owner": "ci"}, {**token, "owner": "nobody"}),
            ("/api/v1/tokens", {**token, "owner": self.dev.email}, {**token, "owner": "nobody@acme.example"}),
            ("/api/v1/tokens", {**token, "project": "shop"}, {**token, "project": "nothing"}),
        ):
            with self.subTest(path=path, body=foreign):
                first, second = self.post("mallory", path, foreign), self.post("mallory", path, unknown)
                self.assertIn(first.status_code, (404, 422))
                self.assertEqual(first.status_code, second.status_code)
                self.assertEqual(first.json()["title"], second.json()["title"])


def _owned_by(email: str) -> dict[str, str]:
    return {"name": "other", "value": "x", "owner": email}


def _without_request(response: Any) -> dict[str, Any]:
    return {name: value for name, value in response.json().items() if name != "request_id"}
