"""Bodies, filters and paths that nobody meant: every one gets an answer in SCIM's form, never a failure of ours."""

import json
from typing import Any
from urllib.parse import urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyvault.api import throttles
from tests.api.scene import undone
from tests.scim.scene import ENTERPRISE, GROUP, PATCH, USER, DirectoryTestCase

_TEXTS = st.one_of(
    st.sampled_from(
        ["", "nora@acme.example", "dev@acme.example", "True", "False", "a" * 300, "\ud800", "\0", "é", "1e999", "null"]
    ),
    st.text(max_size=20),
)
_SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-(2**60), 2**60), st.floats(), _TEXTS)
_ENTRIES = st.dictionaries(st.sampled_from(["value", "type", "primary", "display", "$ref", "formatted"]), _SCALARS)
_VALUES = st.recursive(
    st.one_of(_SCALARS, _ENTRIES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=2),
)
_NAMES = st.sampled_from(
    [
        "userName",
        "USERNAME",
        "active",
        "emails",
        "name",
        "displayName",
        "externalId",
        "id",
        "meta",
        "groups",
        "members",
        "schemas",
        ENTERPRISE,
        f"{ENTERPRISE}:department",
        "name.givenName",
        "nobody",
    ]
)
_RESOURCES = st.dictionaries(_NAMES, _VALUES, max_size=6)
_PATHS = st.one_of(
    _NAMES,
    st.sampled_from(
        [
            'emails[type eq "work"].value',
            "emails[",
            "emails[type]",
            'members[value eq "x"]',
            'members[value eq "01930000-0000-7000-8000-000000000001" or value pr]',
            "members.value",
            'members[display co "a"].value',
            'userName eq "x"',
            f"{USER}:userName",
            "a.b.c",
        ]
    ),
    _TEXTS,
)
_OPERATIONS = st.fixed_dictionaries(
    {}, optional={"op": st.sampled_from(["add", "Remove", "replace", "x", 1]), "path": _PATHS, "value": _VALUES}
)
_ATTRIBUTES = st.sampled_from(["userName", "emails.value", "members", "active", "meta.created", "id", "emails", "a.b"])
_FILTERS = st.one_of(
    st.text(max_size=30),
    st.builds(
        "{} {} {}".format,
        _ATTRIBUTES,
        st.sampled_from(["eq", "ne", "co", "gt", "pr", "xx"]),
        st.sampled_from(['"a"', "true", "1", "null", '"\\u0000"', '"\\ud800"', '"' + "x" * 500 + '"', "", "()"]),
    ),
)
_QUICK = settings(
    max_examples=20, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class FuzzTests(DirectoryTestCase):
    def answered(self, method: str, path: str, body: Any = None) -> None:
        throttles.forget()
        content = None if body is None else json.dumps(body).encode()
        with undone():
            response = self.call(method, path, content)
        self.assertLess(response.status_code, 500, response.content)
        if response.status_code >= 400:
            self.assertError(response, response.status_code, response.json().get("scimType"))

    def test_users(self) -> None:
        @_QUICK
        @given(_RESOURCES)
        def each(body: dict[str, Any]) -> None:
            for method, path in (("POST", "/Users"), ("PUT", f"/Users/{self.dev.pk}")):
                self.answered(method, path, {"schemas": [USER], "userName": "nora@acme.example", **body})
            self.answered("POST", "/Users", body)

        each()

    def test_patches_of_users(self) -> None:
        @_QUICK
        @given(st.lists(_OPERATIONS, max_size=3))
        def each(operations: list[Any]) -> None:
            self.answered("PATCH", f"/Users/{self.dev.pk}", {"schemas": [PATCH], "Operations": operations})

        each()

    def test_groups(self) -> None:
        @_QUICK
        @given(_RESOURCES, st.lists(_OPERATIONS, max_size=3))
        def each(body: dict[str, Any], operations: list[Any]) -> None:
            with undone():
                path = f"/Groups/{self.group('Payments', self.dev)}"
                self.answered("POST", "/Groups", {"schemas": [GROUP], "displayName": "New", **body})
                self.answered("PUT", path, {"schemas": [GROUP], "displayName": "New", **body})
                self.answered("PATCH", path, {"schemas": [PATCH], "Operations": operations})

        each()

    def test_bodies(self) -> None:
        @_QUICK
        @given(_VALUES)
        def each(body: Any) -> None:
            for method, path in (("POST", "/Users"), ("PATCH", f"/Users/{self.dev.pk}"), ("POST", "/Groups")):
                self.answered(method, path, body)
                self.answered(method, path, {"Operations": body})

        each()

    def test_queries(self) -> None:
        @_QUICK
        @given(_FILTERS, _TEXTS, _TEXTS)
        def each(said: str, number: str, names: str) -> None:
            for kind in ("Users", "Groups"):
                for query in ({"filter": said}, {"startIndex": number, "count": number}, {"attributes": names}):
                    self.answered("GET", f"/{kind}?{urlencode(query, errors='replace')}")

        each()
