"""Whatever is sent: an answer below 500 with a reason, and nothing half-written."""

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyvault.secrets.models import Environment, Project, Secret, SecretVersion
from tests.api.operations import OPERATIONS
from tests.api.scene import DEVELOPMENT, undone
from tests.api.stage import StageTestCase
from tokens.models import AccessToken, ServiceIdentity

ODD_NAMES = {
    "..": 422,
    "a/..": 422,
    "../../../production/values/API": 422,
    "a..b": 422,
    "/leading": 422,
    "trailing/": 422,
    "a//b": 422,
    ".hidden": 422,
    "-dash": 422,
    "a b": 422,
    "a%b": 422,
    "ä": 422,
    "a\0b": 422,
    "a\x7fb": 422,
    "%2e%2e": 422,
    "a" * 513: 422,
    "a\u202eb": 422,
    "a\nb": 404,  # no address has a line end in it
    "a" * 512: 404,
    "never/given": 404,
}

VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**53 - 1,
    1.5,
    "",
    " ",
    "x" * 70_000,
    "\u202e\u2066",
    "'; DROP TABLE secrets_secret; --",
    [],
    [[]],
    [None],
    ["x"] * 3000,
    {},
    {"a": {}},
)

json_values = st.recursive(
    st.sampled_from(VALUES) | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
WITH_BODY = sorted(name for name, each in OPERATIONS.items() if each.body is not None)
WITH_HOLES = sorted(name for name, each in OPERATIONS.items() if "{" in each.path)
relaxed = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=60)
thorough = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=2000)


class HostileInputTests(StageTestCase):
    def assertAnswered(self, response: Any) -> None:
        self.assertLess(response.status_code, 500, response.content[:500])
        if response.status_code >= 400:
            self.assertEqual(response["Content-Type"], "application/problem+json")
            self.assertTrue(response.json()["detail"])

    def test_names_that_are_none(self) -> None:
        for name, status in ODD_NAMES.items():
            for resource, method in (
                ("values", "GET"),
                ("secrets", "GET"),
                ("secrets", "DELETE"),
                ("versions", "GET"),
                ("undeletions", "POST"),
                ("purges", "POST"),
            ):
                with self.subTest(name=name[:20], resource=resource, method=method):
                    response = self.call("olivia", method, f"{DEVELOPMENT}/{resource}/{quote(name)}")
                    self.assertEqual(response.status_code, status, response.content)
                    self.assertAnswered(response)

    def test_a_name_is_decoded_exactly_once(self) -> None:
        self.assertEqual(self.get("ci", f"{DEVELOPMENT}/values/api-keys%2Fstripe").status_code, 200)
        self.assertEqual(self.get("ci", f"{DEVELOPMENT}/values/%61pi-keys/stripe").status_code, 200)
        self.assertEqual(self.get("ci", f"{DEVELOPMENT}/values/%2561pi-keys/stripe").status_code, 422)

    def test_every_field_with_every_odd_value(self) -> None:
        for name in WITH_BODY:
            said = OPERATIONS[name].said_by("olivia")
            for key in [*said, "nonsense"]:
                for value in VALUES:
                    with self.subTest(operation=name, key=key, value=repr(value)[:30]), undone():
                        self.assertAnswered(self.said(name, {**said, key: value}))

    def test_a_refused_body_leaves_nothing(self) -> None:
        before = self.counts()
        for name in WITH_BODY:
            for body in ({"nonsense": 1}, {}):
                response = self.said(name, {**OPERATIONS[name].said_by("olivia"), **body, "nonsense": 1})
                self.assertEqual(response.status_code, 422, name)
        self.assertEqual(self.counts(), before)

    def counts(self) -> list[int]:
        models = (Project, Environment, Secret, SecretVersion, AccessToken, ServiceIdentity)
        return [model._default_manager.count() for model in models]

    def said(self, name: str, body: Any) -> Any:
        operation = OPERATIONS[name]
        return self.call("olivia", operation.method, operation.url(**self.holes(name)), body)

    def test_any_json_is_answered(self) -> None:
        @relaxed
        @given(st.sampled_from(WITH_BODY), json_values)
        def fuzz(name: str, body: Any) -> None:
            with undone():
                self.assertAnswered(self.said(name, body))

        fuzz()

    def test_any_path_is_answered(self) -> None:
        relaxed(given(st.sampled_from(WITH_HOLES), st.text(max_size=40))(self.try_path))()

    def test_any_query_is_answered(self) -> None:
        parameters = st.dictionaries(st.text(max_size=10), st.text(max_size=20), max_size=3)
        relaxed(given(st.sampled_from(sorted(OPERATIONS)), parameters)(self.try_query))()

    def try_path(self, name: str, text: str) -> None:
        operation = OPERATIONS[name]
        filled = dict.fromkeys(self.holes(name), quote(text.encode(errors="surrogatepass"), safe="/"))
        with undone():
            self.assertAnswered(
                self.call("olivia", operation.method, operation.path.format(**filled), operation.said_by("olivia"))
            )

    def try_query(self, name: str, query: dict[str, str]) -> None:
        operation = OPERATIONS[name]
        pairs = {key.encode(errors="ignore"): value.encode(errors="ignore") for key, value in query.items()}
        url = operation.url(**self.holes(name)).partition("?")[0]
        with undone():
            self.assertAnswered(
                self.call("olivia", operation.method, f"{url}?{urlencode(pairs)}", operation.said_by("olivia"))
            )

    def test_known_parameters_with_odd_values(self) -> None:
        odd = ("", "\0", "\ufffd", "x" * 5000, "-1", "0x10", "[]", "٣")
        for name, keys in PARAMETERS.items():
            for key in keys:
                for value in odd:
                    with self.subTest(operation=name, key=key, value=value[:10]):
                        self.try_query(name, {key: value})

    @pytest.mark.slow
    def test_a_long_fuzz(self) -> None:
        @thorough
        @given(st.sampled_from(WITH_BODY), json_values, st.text(max_size=30))
        def fuzz(name: str, value: Any, key: str) -> None:
            said = OPERATIONS[name].said_by("olivia")
            for target in (*said, key):
                with undone():
                    self.assertAnswered(self.said(name, {**said, target: value}))

        fuzz()

    def test_a_cursor_of_another_list_does_no_harm(self) -> None:
        cursor = json.loads(self.get("olivia", "/api/v1/tokens?page_size=1").content)["next_cursor"]
        for path in ("members", "projects", "events", "service-identities"):
            self.assertAnswered(self.get("olivia", f"/api/v1/{path}?cursor={cursor}"))


PARAMETERS = {
    "list_tokens": ("state", "kind", "owner", "stale", "cursor", "page_size"),
    "list_events": ("actor", "secret", "token", "action", "outcome", "since", "until", "cursor", "page_size"),
    "get_checkpoint": ("since",),
    "list_secrets": ("prefix", "cursor"),
    "reveal_secret": ("version",),
    "reveal_environment": ("prefix",),
    "explain_access": ("action", "project", "environment", "secret", "subject"),
}
