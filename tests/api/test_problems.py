"""Every refusal is problem details with a rule and a request id, and says nothing that it should not."""

from typing import Any
from uuid import UUID

from django.test import Client, TestCase, override_settings

STATUSES = {
    "not-allowed": (403, "role-forbids"),
    "conflict": (409, "conflict"),
    "too-many": (429, "rate-limited"),
    "unavailable": (503, "unavailable"),
    "cannot-open": (500, "cannot-open"),
    "http404": (404, "not-found"),
    "permission-denied": (403, "not-allowed"),
    "suspicious": (400, "bad-request"),
    "too-big": (413, "too-large"),
    "throttled": (429, "bad-request"),
    "data-error": (422, "invalid"),
    "nul": (422, "invalid"),
    "database-away": (503, "unavailable"),
    "bug": (500, "internal-error"),
}
MEMBERS = {"type", "title", "status", "detail", "rule", "remedy", "request_id"}
NOT_TO_BE_SEEN = ("secret detail", "sk_live_4242", "10.0.0.1", "Traceback", "SELECT", "uuid")


@override_settings(ROOT_URLCONF="tests.api.probe")
class ProblemTests(TestCase):
    def setUp(self) -> None:
        self.client = Client(raise_request_exception=False)

    def assertProblem(self, response: Any, status: int, rule: str) -> dict[str, Any]:
        self.assertEqual(response.status_code, status)
        self.assertEqual(response["Content-Type"], "application/problem+json")
        self.assertEqual(response["Cache-Control"], "no-store")
        problem: dict[str, Any] = response.json()
        self.assertLessEqual(MEMBERS, set(problem))
        self.assertEqual((problem["status"], problem["rule"]), (status, rule))
        self.assertEqual(problem["type"], f"urn:keyvault:problem:{rule}")
        self.assertEqual(problem["request_id"], response["X-Request-Id"])
        self.assertEqual(UUID(problem["request_id"]).version, 4)
        for text in NOT_TO_BE_SEEN:
            self.assertNotIn(text, response.content.decode())
        return problem

    def post(self, body: bytes, content_type: str = "application/json", **options: Any) -> Any:
        return self.client.generic("POST", "/api/probe/letter", body, content_type, **options)

    def patch(self, body: bytes) -> Any:
        return self.client.generic("PATCH", "/api/probe/letter", body, "application/json")

    def test_every_kind_of_failure(self) -> None:
        for kind, (status, rule) in STATUSES.items():
            with self.subTest(kind):
                self.assertProblem(self.client.get(f"/api/probe/{kind}"), status, rule)

    def test_a_refusal_brings_its_sentence_remedy_and_extra_members(self) -> None:
        problem = self.client.get("/api/probe/not-allowed").json()
        self.assertEqual((problem["detail"], problem["remedy"]), ("No.", "Ask olivia."))
        self.assertEqual(self.client.get("/api/probe/conflict").json()["current"], 3)

    def test_those_to_be_tried_again_say_when(self) -> None:
        self.assertEqual(self.client.get("/api/probe/too-many")["Retry-After"], "7")
        self.assertIn("Retry-After", self.client.get("/api/probe/unavailable"))

    def test_the_request_id_is_ours_whatever_the_client_says(self) -> None:
        theirs = "6ba7b810-9dad-41d1-80b4-00c04fd430c8"
        response = self.client.get("/api/probe/conflict", headers={"X-Request-Id": theirs})
        self.assertNotEqual(response["X-Request-Id"], theirs)

    def test_an_unknown_path_of_the_api_is_a_problem_and_one_elsewhere_a_page(self) -> None:
        self.assertProblem(self.client.get("/api/v9/nothing"), 404, "not-found")
        page = self.client.get("/page")
        self.assertEqual((page.status_code, page["Content-Type"]), (404, "text/html; charset=utf-8"))

    def test_a_method_that_is_not_offered(self) -> None:
        response = self.client.put("/api/probe/letter")
        self.assertProblem(response, 405, "method-not-allowed")
        self.assertEqual(response["Allow"], "GET, HEAD, POST, PATCH")
        self.assertProblem(self.client.options("/api/probe/letter"), 405, "method-not-allowed")

    def test_a_host_that_is_not_ours(self) -> None:
        self.assertProblem(self.client.get("/api/probe/conflict", headers={"Host": "evil.example"}), 400, "bad-request")

    def test_bodies_are_json_or_415(self) -> None:
        for content_type in (
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/plain",
            "text/json",
            "application/json-patch+json",
            "application/json; charset=utf-16",
            "application/json; charset=latin-1",
            "*/*",
            "nonsense",
            "",
        ):
            with self.subTest(content_type):
                self.assertProblem(self.post(b'{"title": "x"}', content_type), 415, "json-only")
        self.assertProblem(self.post(b"\x1f\x8b", headers={"Content-Encoding": "gzip"}), 415, "json-only")

    def test_the_usual_ways_to_say_json_are_read(self) -> None:
        for content_type in ("application/json", "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'):
            with self.subTest(content_type):
                self.assertEqual(self.post(b'{"title": "x"}', content_type).status_code, 200)

    def test_a_malformed_body_and_one_too_large(self) -> None:
        self.assertProblem(self.post(b'{"title": '), 400, "malformed-json")
        self.assertProblem(self.post(b'{"title": "' + b"x" * 600_000 + b'"}'), 413, "too-large")

    def test_a_body_without_its_length_is_not_taken_for_no_body(self) -> None:
        response = self.client.patch("/api/probe/letter", headers={"Transfer-Encoding": "chunked"})
        self.assertProblem(response, 411, "length-required")

    def test_what_a_field_does_not_take_is_named_and_never_quoted(self) -> None:
        cases: dict[bytes, str] = {
            b"{}": "title",
            b'{"title": 5}': "title",
            b'{"title": null}': "title",
            b'{"title": ["x"]}': "title",
            b'{"title": "xxxxxxxxxxxxx"}': "title",
            b'{"title": "x", "urgent": "true"}': "urgent",
            b'{"title": "x", "urgent": 1}': "urgent",
            b'{"title": "x", "pages": "3"}': "pages",
            b'{"title": "x", "pages": true}': "pages",
            b'{"title": "x", "pages": 3.0}': "pages",
            b'{"title": "x", "pages": 9007199254740991}': "pages",
            b'{"title": "x", "titel": "y"}': "titel",
        }
        for body, field in cases.items():
            with self.subTest(body):
                problem = self.assertProblem(self.post(body), 422, "invalid")
                self.assertEqual([error["field"] for error in problem["errors"]], [field])
                self.assertNotIn("xxxx", str(problem))

    def test_a_text_arrives_as_it_was_sent(self) -> None:
        self.assertEqual(self.post(b'{"title": "  x \\n"}').json()["title"], "  x \n")

    def test_a_patch_may_leave_out_and_still_not_misspell(self) -> None:
        self.assertEqual(self.patch(b'{"urgent": true}').json(), {"urgent": True})
        self.assertProblem(self.patch(b'{"urgnt": true}'), 422, "invalid")

    def test_answers_are_compact_json_with_a_bare_type(self) -> None:
        response = self.post(b'{"title": "\xc3\xa9"}', headers={"Accept": "text/html"})
        self.assertEqual(response["Content-Type"], "application/json")
        self.assertEqual(response.content, '{"title":"é","urgent":false}'.encode())
        self.assertEqual(response["Cache-Control"], "no-store")
