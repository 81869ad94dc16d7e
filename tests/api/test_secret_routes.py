"""Writing through the API: projects, secrets, versions, transfers and files, each with its event and its conflict."""

import base64
from typing import Any

from keyvault.secrets.models import Secret, SecretVersion
from keyvault.secrets.values import Value
from tests.api.scene import DEVELOPMENT, KEY, PRODUCTION, ApiTestCase

STAGING = "/api/v1/projects/shop/environments/staging"
STRIPE = "api-keys/stripe"


class ProjectTests(ApiTestCase):
    def test_a_project_comes_with_three_environments_and_goes_when_it_is_empty(self) -> None:
        made = self.post("olivia", "/api/v1/projects", {"slug": "blog", "name": "Blog"})
        self.assertEqual((made.status_code, made.json()["slug"]), (201, "blog"))
        environments = self.get("olivia", "/api/v1/projects/blog/environments").json()["results"]
        self.assertEqual([each["slug"] for each in environments], ["development", "staging", "production"])
        self.assertEqual([each["protected"] for each in environments], [False, False, True])
        gone = self.call("olivia", "DELETE", "/api/v1/projects/blog")
        self.assertEqual((gone.status_code, gone.content), (204, b""))
        self.assertEqual(self.get("olivia", "/api/v1/projects/blog").status_code, 404)
        self.assertEvents("project:create", "project:delete")

    def test_no_token_takes_protection_away(self) -> None:
        for said in ({"protected": False}, {"tier": "dev", "protected": False}):
            response = self.patch("olivia", PRODUCTION, said)
            self.assertIn(response.status_code, (403, 422), response.content)
        self.assertTrue(self.get("olivia", PRODUCTION).json()["protected"])


class SecretTests(ApiTestCase):
    def test_every_form_of_value_comes_back_as_it_was_sent(self) -> None:
        forms: list[tuple[dict[str, Any], dict[str, Any]]] = [
            ({"value": ""}, {"type": "text", "value": ""}),
            ({"value": " \n x"}, {"type": "text", "value": " \n x"}),
            ({"fields": {"b": "x", "a": ""}}, {"type": "fields", "fields": {"a": "", "b": "x"}}),
            ({"value_base64": "AAEC/w=="}, {"type": "binary", "value_base64": "AAEC/w=="}),
            ({"value": "x" * 65_536}, {"type": "text", "value": "x" * 65_536}),
        ]
        for number, (said, answer) in enumerate(forms):
            with self.subTest(number):
                made = self.post("olivia", f"{DEVELOPMENT}/secrets", {"name": f"s{number}", **said})
                self.assertEqual(made.status_code, 201, made.content[:200])
                read = self.get("olivia", f"{DEVELOPMENT}/values/s{number}").json()
                self.assertLessEqual(answer.items(), read.items())

    def test_one_form_and_not_two_and_not_too_large(self) -> None:
        refused: list[dict[str, Any]] = [
            {},
            {"value": "x", "value_base64": "AA=="},
            {"value": "x" * 65_537},
            {"value_base64": base64.b64encode(bytes(65_537)).decode()},
            {"value_base64": "no base64!"},
            {"fields": {}},
            {"fields": {"a": 1}},
            {"fields": {"": "x"}},
        ]
        for said in refused:
            with self.subTest(str(said)[:40]):
                response = self.post("olivia", f"{DEVELOPMENT}/secrets", {"name": "new", **said})
                self.assertRefused(response, 422, "invalid")
                self.assertNotIn("x" * 100, response.content.decode())
        self.assertFalse(Secret.objects.filter(name="new").exists())

    def test_the_answer_to_a_write_has_a_receipt_and_no_value(self) -> None:
        made = self.post("olivia", f"{DEVELOPMENT}/secrets", {"name": "new", "value": KEY + "-another"})
        [event] = self.assertEvents("secret:create")
        self.assertEqual(made["KeyVault-Audit"], str(event.receipt))
        self.assertEqual((made.json()["version"], made.json()["shared"]), (1, {"named": [], "others": 0}))
        self.assertNotIn(KEY, made.content.decode())

    def test_the_same_value_elsewhere_is_told(self) -> None:
        self.post("olivia", f"{STAGING}/secrets", {"name": "copied", "value": KEY})
        made = self.post("olivia", f"{PRODUCTION}/secrets", {"name": "copied", "value": KEY})
        self.assertEqual(made.json()["shared"]["named"], ["shop/development/api-keys/stripe", "shop/staging/copied"])
        groups = self.get("olivia", "/api/v1/projects/shop/duplicates").json()["duplicates"]
        self.assertTrue(groups)

    def test_compare_and_set(self) -> None:
        moved = self.post("olivia", f"{DEVELOPMENT}/versions/{STRIPE}", {"value": "x", "expected_version": 1})
        self.assertEqual(self.assertRefused(moved, 412, "version-moved-on")["current"], 2)
        done = self.post("olivia", f"{DEVELOPMENT}/versions/{STRIPE}", {"value": "x", "expected_version": 2})
        self.assertEqual((done.status_code, done.json()["version"]), (201, 3))

    def test_history_restoration_and_erasure(self) -> None:
        self.post("olivia", f"{DEVELOPMENT}/restorations/{STRIPE}", {"version": 1})
        self.assertEqual(self.get("ci", f"{DEVELOPMENT}/values/{STRIPE}").json()["value"], "sk_test_the_first")
        self.assertEqual(
            self.call("olivia", "POST", f"{DEVELOPMENT}/erasures/{STRIPE}", {"version": 2}).status_code, 204
        )
        history = self.get("olivia", f"{DEVELOPMENT}/versions/{STRIPE}").json()["results"]
        self.assertEqual([each["version"] for each in history], [2, 1])
        self.assertIsNotNone(history[0]["destroyed_at"])
        self.assertIsNone(history[1]["destroyed_at"])
        self.assertRefused(self.get("ci", f"{DEVELOPMENT}/values/{STRIPE}?version=2"), 404, "no-such-version")

    def test_deleting_and_undeleting(self) -> None:
        self.call("olivia", "DELETE", f"{DEVELOPMENT}/secrets/{STRIPE}")
        self.assertEqual(self.get("ci", f"{DEVELOPMENT}/values/{STRIPE}").status_code, 404)
        self.assertEqual(self.post("olivia", f"{DEVELOPMENT}/undeletions/{STRIPE}").json()["name"], STRIPE)
        self.assertEqual(self.get("ci", f"{DEVELOPMENT}/values/{STRIPE}").json()["value"], KEY)

    def test_what_was_deleted_is_listed_and_can_be_purged_at_once(self) -> None:
        self.call("olivia", "DELETE", f"{DEVELOPMENT}/secrets/{STRIPE}")
        listed = self.get("olivia", f"{DEVELOPMENT}/deleted-secrets").json()["results"]
        self.assertIn(STRIPE, [each["name"] for each in listed])
        self.assertRefused(self.post("dev", f"{DEVELOPMENT}/purges/{STRIPE}"), 403, "needs-grant")
        self.assertEqual(self.post("olivia", f"{DEVELOPMENT}/purges/{STRIPE}").status_code, 204)
        self.assertRefused(self.post("olivia", f"{DEVELOPMENT}/undeletions/{STRIPE}"), 404, "not-found")
        self.assertRefused(self.post("olivia", f"{DEVELOPMENT}/purges/{STRIPE}"), 404, "not-found")

    def test_a_live_secret_is_not_purged(self) -> None:
        self.assertRefused(self.post("olivia", f"{DEVELOPMENT}/purges/{STRIPE}"), 404, "not-found")
        self.assertEqual(self.get("ci", f"{DEVELOPMENT}/values/{STRIPE}").json()["value"], KEY)

    def test_copying_and_moving(self) -> None:
        copied = self.post("dev", f"{DEVELOPMENT}/copies/{STRIPE}", {"environment": "staging", "name": "stripe"})
        self.assertEqual((copied.status_code, copied.json()["environment"]), (201, "staging"))
        moved = self.post("olivia", f"{DEVELOPMENT}/moves/{STRIPE}", {"environment": "staging"})
        self.assertEqual((moved.status_code, moved.json()["name"]), (201, STRIPE))
        for name in ("stripe", STRIPE):
            self.assertEqual(self.get("olivia", f"{STAGING}/values/{name}").json()["value"], KEY)
        self.assertEqual(self.get("olivia", f"{DEVELOPMENT}/values/{STRIPE}").status_code, 404)

    def test_what_is_said_of_a_secret_can_be_changed(self) -> None:
        said = {"note": "Rotated yearly", "variable": "STRIPE", "owner": self.dev.email, "rotate_by": "2027-01-31"}
        changed = self.patch("olivia", f"{DEVELOPMENT}/secrets/{STRIPE}", said).json()
        self.assertLessEqual(said.items(), changed.items())
        self.assertEqual(self.get("olivia", f"{DEVELOPMENT}/secrets/{STRIPE}").json(), changed)
        less = self.patch("olivia", f"{DEVELOPMENT}/secrets/{STRIPE}", {"owner": None, "rotate_by": None}).json()
        self.assertEqual((less["owner"], less["rotate_by"], less["note"]), (None, None, said["note"]))
        nobody = self.patch("olivia", f"{DEVELOPMENT}/secrets/{STRIPE}", {"owner": self.mallory.email})
        self.assertRefused(nobody, 422, "invalid")


class FileTests(ApiTestCase):
    def imported(self, content: str, **said: Any) -> Any:
        return self.post("olivia", f"{DEVELOPMENT}/imports", {"content": content, **said})

    def test_a_preview_changes_nothing_and_an_import_all_of_it(self) -> None:
        content = "A=1-long-enough\nB=2\nnonsense\n"
        preview = self.imported(content).json()
        self.assertEqual((preview["applied"], preview["new"], preview["changed"]), (False, ["A", "B"], []))
        self.assertEqual([each["line"] for each in preview["unreadable"]], [3])
        self.assertFalse(Secret.objects.filter(name="A").exists())
        done = self.imported(content, apply=True)
        self.assertEqual((done.json()["applied"], done.json()["new"]), (True, ["A", "B"]))
        self.assertEqual(done.json()["shared"], {"named": [], "others": 0})
        self.assertIn("KeyVault-Audit", done)
        self.assertEqual(self.get("olivia", f"{DEVELOPMENT}/values/B").json()["value"], "2")
        again = self.imported("A=1-long-enough\nB=3\n").json()
        self.assertEqual((again["same"], again["changed"]), (["A"], ["B"]))

    def test_a_file_of_a_mebibyte_is_read_and_a_larger_one_is_not(self) -> None:
        line = "# " + "x" * 98 + "\\\n"
        whole = line * (1024 * 1024 // len(line))
        self.assertEqual(self.imported(whole).status_code, 200)
        self.assertRefused(self.imported(whole + line * 20), 413, "import-too-large")

    def test_an_export_is_a_read_of_every_value(self) -> None:
        self.stored("TWO", Value.text("two"))
        self.forget_events()
        made = self.post("olivia", f"{DEVELOPMENT}/exports", {"format": "json"})
        self.assertEqual(made.json()["count"], 2)
        self.assertIn(KEY, made.json()["content"])
        self.assertEqual(made["Cache-Control"], "no-store")
        events = self.assertEvents("secret:export-many", "secret:export", "secret:export")
        self.assertEqual(made.json()["receipts"], [str(event.receipt) for event in events[1:]])

    def test_a_format_that_cannot_hold_a_value_says_which(self) -> None:
        self.stored("BYTES", Value.binary(b"\xff\x00"))
        response = self.post("olivia", f"{DEVELOPMENT}/exports", {"format": "dotenv"})
        self.assertRefused(response, 422, "not-expressible")
        self.assertIn("BYTES", response.json()["detail"])

    def test_no_value_is_in_the_database_in_the_clear(self) -> None:
        self.imported(f"A={KEY}\n", apply=True)
        for version in SecretVersion.objects.all():
            self.assertNotIn(KEY.encode(), bytes(version.envelope or b""))
