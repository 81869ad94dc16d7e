"""Tokens through the API: children of the token that asks, shown once, and given up at any time."""

from typing import Any

from keyvault.secrets.services.storing import create_secret
from keyvault.secrets.values import Value
from tests.api.scene import DEVELOPMENT, ApiTestCase
from tokens.models import AccessToken

CHILD = {"kind": "person", "name": "Nightly backup", "verbs": ["list", "read"], "lifetime": 3600}


class IssuingTests(ApiTestCase):
    def issue(self, who: str, **said: Any) -> Any:
        return self.post(who, "/api/v1/tokens", {**CHILD, **said})

    def test_the_answer_has_the_env_for_the_keys_that_it_stands_for(self) -> None:
        place = {"project": "shop", "environment": "development"}
        self.assertIsNone(self.issue("olivia", **place).json()["snippet"])
        create_secret(
            actor=self.actor(self.olivia), environment=self.development, name="OPENAI", value=Value.text("sk_live_x"),
            kind="brokered", provider="openai",
        )  # fmt: skip
        issued = self.issue("olivia", name="Shop's backend", **place).json()
        self.assertIn(f"OPENAI_API_KEY={issued['value']}\nOPENAI_BASE_URL=", issued["snippet"])
        self.assertNotIn(issued["value"], self.get("olivia", f"/api/v1/tokens/{issued['id']}/snippet").content.decode())

    def test_the_value_is_shown_once_and_works(self) -> None:
        response = self.issue("dev", project="shop", environment="development", prefixes=["api-keys/*"])
        self.assertEqual(response.status_code, 201, response.content)
        issued = response.json()
        self.assertRegex(issued["value"], r"^kvp_dev_[0-9A-Za-z]{36}$")
        self.assertEqual((issued["project"], issued["environment"]), ("shop", "development"))
        self.assertEqual(self.get(issued["value"], f"{DEVELOPMENT}/values/api-keys/stripe").status_code, 200)
        shown = self.get("olivia", f"/api/v1/tokens/{issued['id']}").json()
        self.assertNotIn("value", shown)
        self.assertNotIn(issued["value"], str(shown))

    def test_it_is_a_child_of_the_token_that_asked(self) -> None:
        issued = self.issue("dev").json()
        parent = AccessToken.objects.get(name="Dev's laptop")
        self.assertEqual(issued["parent"], str(parent.pk))
        self.call("dev", "PUT", "/api/v1/tokens/self/revocation", {"cause": "The laptop was lost"})
        self.assertRefused(self.get(issued["value"], "/api/v1/whoami"), 401, "token-revoked")
        self.assertEventsInclude("token:issue-personal", "token:revoke", "token:revoke")

    def test_it_is_never_wider_and_never_longer(self) -> None:
        narrow = self.issue("dev", verbs=["list", "manage"], project="shop").json()["value"]
        for said in (
            {"verbs": ["read"], "project": "shop"},
            {"verbs": ["list"]},
            {"verbs": ["list"], "lifetime": 86_000},
        ):
            with self.subTest(said):
                response = self.issue(narrow, **{"name": "A wider one", "verbs": ["list"], **said})
                self.assertEqual(response.status_code, 403, response.content)

    def test_a_token_offers_none_to_somebody_else(self) -> None:
        self.assertRefused(self.issue("olivia", owner=self.dev.email), 403, "never-by-token")

    def test_what_is_missing_or_wrong_is_named(self) -> None:
        wrong: list[dict[str, Any]] = [
            {"verbs": []},
            {"verbs": ["everything"]},
            {"name": "x"},
            {"lifetime": None},
            {"lifetime": 59},
            {"lifetime": 10**9},
            {"expires_at": "2026-01-01T00:00:00Z"},
            {"kind": "robot"},
            {"environment": "development"},
            {"networks": ["everywhere"]},
            {"prefixes": ["../*"]},
        ]
        for said in wrong:
            with self.subTest(said):
                response = self.issue("dev", **said)
                self.assertRefused(response, 422, "invalid")
                self.assertTrue(response.json()["field"])

    def test_a_replacement_keeps_name_and_scope_and_the_old_one_works_on(self) -> None:
        old = self.issue("dev").json()
        response = self.post("dev", f"/api/v1/tokens/{old['id']}/replacements", {"overlap": 600})
        self.assertEqual(response.status_code, 201, response.content)
        new = response.json()
        self.assertEqual((new["name"], new["verbs"]), (old["name"], old["verbs"]))
        for value in (old["value"], new["value"]):
            self.assertEqual(self.get(value, "/api/v1/whoami").status_code, 200)
        self.assertEqual(self.get("olivia", f"/api/v1/tokens/{old['id']}").json()["replaced_by"], new["id"])


class StateTests(ApiTestCase):
    def test_a_paused_token_is_told_so_and_works_again_when_resumed(self) -> None:
        ci = AccessToken.objects.get(name="Deploys of ci").pk
        self.assertEqual(self.call("adam", "PUT", f"/api/v1/tokens/{ci}/pause", {}).json()["state"], "paused")
        self.assertRefused(self.get("ci", "/api/v1/whoami"), 401, "token-paused")
        self.assertEqual(self.call("adam", "DELETE", f"/api/v1/tokens/{ci}/pause").json()["state"], "active")
        self.assertEqual(self.get("ci", "/api/v1/whoami").status_code, 200)
        self.assertEvents("token:change", "token:authenticate:denied", "token:change")

    def test_revoking_is_final_and_keeps_the_first_cause(self) -> None:
        ci = AccessToken.objects.get(name="Deploys of ci").pk
        for cause in ("leaked", "again"):
            revoked = self.call("adam", "PUT", f"/api/v1/tokens/{ci}/revocation", {"cause": cause}).json()
            self.assertEqual((revoked["state"], revoked["revoked_cause"]), ("revoked", "leaked"))
        self.assertRefused(self.get("ci", "/api/v1/whoami"), 401, "token-revoked")
        self.assertRefused(self.call("adam", "DELETE", f"/api/v1/tokens/{ci}/pause"), 409, "token-revoked")

    def test_one_act_on_every_token_of_an_environment(self) -> None:
        changed = self.call("adam", "PUT", f"{DEVELOPMENT}/token-pause", {"reason": "An intruder"}).json()
        self.assertEqual([each["name"] for each in changed["tokens"]], ["Deploys of ci"])
        self.assertRefused(self.get("ci", "/api/v1/whoami"), 401, "token-paused")
        self.assertEqual(self.get("robot", "/api/v1/whoami").status_code, 200)
        self.call("adam", "DELETE", f"{DEVELOPMENT}/token-pause")
        self.assertEqual(self.get("ci", "/api/v1/whoami").status_code, 200)
        self.call("adam", "POST", f"{DEVELOPMENT}/token-revocations", {"cause": "An intruder"})
        self.assertRefused(self.get("ci", "/api/v1/whoami"), 401, "token-revoked")

    def test_whoami_says_how_far_the_token_reaches(self) -> None:
        face = self.get("ci", "/api/v1/whoami").json()
        self.assertEqual(
            (face["type"], face["name"], face["role"], face["organization"]), ("service", "ci", None, "acme")
        )
        self.assertEqual((face["token"]["kind"], face["token"]["verbs"]), ("service", ["list", "read"]))
        self.assertEqual(face["token"]["environment_id"], str(self.development.pk))
        self.assertEqual(self.get("dev", "/api/v1/whoami").json()["role"], "developer")

    def test_a_demotion_works_from_the_next_request(self) -> None:
        self.assertEqual(self.get("adam", "/api/v1/events").status_code, 200)
        self.membership(self.adam).__class__.objects.filter(user=self.adam).update(role="viewer")
        self.assertRefused(self.get("adam", "/api/v1/events"), 403, "role-forbids")
