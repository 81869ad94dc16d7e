"""The door: who is let in, and refusals in SCIM's own form."""

import datetime as dt
import json

from django.test import Client, override_settings
from django.urls import get_resolver
from django.utils import timezone

from keyvault.scim.endpoint import BODY_LIMIT
from orgs.models import ScimToken
from orgs.services.scim_tokens import issue_scim_token, revoke_scim_token
from tests.api.scene import ApiTestCase
from tests.clock import within_a_minute
from tests.scim.scene import BASE, GROUP, PATCH, USER, DirectoryTestCase, person

ADDRESSES = {
    "scim-users": "/Users",
    "scim-user": "/Users/01930000-0000-7000-8000-000000000001",
    "scim-user-search": "/Users/.search",
    "scim-group-search": "/Groups/.search",
    "scim-groups": "/Groups",
    "scim-group": "/Groups/01930000-0000-7000-8000-000000000001",
    "scim-configuration": "/ServiceProviderConfig",
    "scim-resource-types": "/ResourceTypes",
    "scim-resource-type": "/ResourceTypes/User",
    "scim-schemas": "/Schemas",
    "scim-schema": f"/Schemas/{USER}",
    "scim-nowhere": "/Nowhere/else",
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")


class DoorTests(DirectoryTestCase):
    def test_every_address_is_tried_here(self) -> None:
        [scim] = [entry for entry in get_resolver().url_patterns if str(entry.pattern) == "scim/v2/"]
        self.assertEqual({entry.name for entry in scim.url_patterns}, set(ADDRESSES))  # type: ignore[union-attr]

    def test_nothing_opens_without_a_token(self) -> None:
        for path in ADDRESSES.values():
            for method in METHODS:
                with self.subTest(f"{method} {path}"):
                    response = self.call(method, path, Authorization="")
                    self.assertEqual(response.status_code, 401)
                    self.assertEqual(response["WWW-Authenticate"], 'Bearer realm="keyvault"')
        self.assertError(self.call("GET", "/Users", Authorization=""), 401)
        self.assertEqual({event.action for event in self.events()}, {"scim-token:authenticate"})

    def test_nor_with_a_wrong_one_and_the_log_is_not_flooded(self) -> None:
        wrong = [self.token[:-1] + "x", self.token + "x", "käse", "x" * 5000, "kvscim_", self.token[:15]]
        for token in wrong * 5:
            response = self.get("/Users", token=token)
            self.assertError(response, 401)
            self.assertEqual(response["WWW-Authenticate"], 'Bearer realm="keyvault", error="invalid_token"')
        self.assertEvents(*["scim-token:authenticate:denied"] * 2)

    def test_nor_with_basic_credentials_or_a_session(self) -> None:
        self.assertError(self.get("/Users", Authorization=f"Basic {self.token}"), 401)
        self.client.force_login(self.olivia)
        self.assertError(self.get("/Users", Authorization=""), 401)

    def test_revoked_or_expired_it_says_so_and_opens_nothing(self) -> None:
        self.enterContext(within_a_minute())
        token = ScimToken.objects.get(org=self.acme)
        revoke_scim_token(actor=self.actor(self.olivia, stepped_up=True), token=token)
        self.forget_events()
        for _ in range(5):
            self.assertIn("revoked", self.assertError(self.get("/Users"), 401)["detail"])
        [event] = self.assertEvents("scim-token:authenticate:denied")
        self.assertEqual(event.document["about"]["name"], "Okta")
        evil = ScimToken.objects.get(org=self.evil_corp)
        ScimToken.objects.filter(pk=evil.pk).update(expires_at=timezone.now() - dt.timedelta(seconds=1))
        self.assertError(self.get("/Users", token=self.evil_token), 401)

    def test_a_row_moved_to_another_organization_or_prolonged_opens_nothing(self) -> None:
        rows = ScimToken.objects.filter(org=self.acme)
        rows.update(expires_at=timezone.now() + dt.timedelta(days=9000))
        self.assertError(self.get("/Users"), 401)
        ScimToken.objects.filter(org=self.evil_corp).update(org=self.acme)
        self.assertError(self.get("/Users", token=self.evil_token), 401)

    def test_its_last_use_is_kept(self) -> None:
        self.get("/Users")
        token = ScimToken.objects.get(org=self.acme)
        assert token.last_used_at
        self.assertLess(timezone.now() - token.last_used_at, dt.timedelta(minutes=1))

    @override_settings(KEYVAULT_TOKEN_RATE=2)
    def test_beyond_its_rate_it_is_told_when_to_come_back(self) -> None:
        self.enterContext(within_a_minute())
        codes = [self.get("/Users").status_code for _ in range(3)]
        self.assertEqual(codes, [200, 200, 429])
        self.assertTrue(1 <= int(self.get("/Users")["Retry-After"]) <= 60)

    @override_settings(KEYVAULT_ANONYMOUS_RATE=3)
    def test_many_wrong_ones_from_one_place_are_slowed(self) -> None:
        self.enterContext(within_a_minute())
        codes = [self.get("/Users", token="wrong").status_code for _ in range(5)]
        self.assertEqual(codes, [401, 401, 401, 429, 429])
        self.assertEqual(self.get("/Users").status_code, 200)

    def test_no_form_of_a_browser_is_asked_for(self) -> None:
        client = Client(enforce_csrf_checks=True)
        headers = {"Authorization": f"Bearer {self.token}"}
        body = json.dumps(person("nora"))
        response = client.generic("POST", f"{BASE}/Users", body, "application/scim+json", headers=headers)
        self.assertEqual(response.status_code, 201)


class OtherDoorsTests(ApiTestCase):
    def test_a_scim_token_opens_nothing_else(self) -> None:
        issued = issue_scim_token(actor=self.actor(self.olivia, stepped_up=True), org=self.acme, name="Okta")
        for path in ("/api/v1/whoami", "/api/v1/members", "/api/v1/projects"):
            self.assertRefused(self.get(issued.value, path), 401, "token-invalid")

    def test_and_no_access_token_opens_scim(self) -> None:
        for who in ("olivia", "robot"):
            self.assertEqual(self.get(who, f"{BASE}/Users").status_code, 401)


class FormTests(DirectoryTestCase):
    def test_addresses_and_methods_that_there_are_not(self) -> None:
        for path in ("/Nowhere", "/Users/not-a-uuid", "/Bulk", "/Me", "/Users/"):
            for method in ("GET", "POST", "OPTIONS"):
                with self.subTest(f"{method} {path}"):
                    self.assertError(self.call(method, path), 404)
        self.assertError(self.call("PUT", "/Users", person()), 405)
        self.assertError(self.call("POST", "/Schemas", {}), 405)

    def test_bodies_that_are_none(self) -> None:
        for body, status, kind in (
            (b" ", 400, "invalidSyntax"),
            (b"[]", 400, "invalidSyntax"),
            (b'{"a": 1, "a": 2}', 400, "invalidSyntax"),
            (b'{"a": NaN}', 400, "invalidSyntax"),
            (b"\xff", 400, "invalidSyntax"),
            (b'{"a":' * 40 + b"1" + b"}" * 40, 400, "invalidSyntax"),
            (b'{"userName": "a\\u0000b"}', 400, "invalidSyntax"),
            (b" " * (BODY_LIMIT + 1), 413, None),
        ):
            for method, path in (("POST", "/Users"), ("PATCH", f"/Users/{self.dev.pk}"), ("POST", "/Groups")):
                with self.subTest(f"{method} {body[:20]!r}"):
                    self.assertError(self.call(method, path, body), status, kind)

    def test_types_of_bodies(self) -> None:
        for kind in ("text/plain", "application/xml", "application/x-www-form-urlencoded", ""):
            with self.subTest(kind):
                self.assertError(self.post("/Users", person(), content_type=kind), 415, "invalidSyntax")
        for number, kind in enumerate(("application/json", "application/scim+json; charset=utf-8")):
            self.assertEqual(self.post("/Users", person(f"p{number}"), content_type=kind).status_code, 201)

    def test_operations_without_end_are_not_carried_out(self) -> None:
        operations = [{"op": "remove", "path": "members"}] * 1001
        path = f"/Groups/{self.group('Payments', self.dev)}"
        self.assertError(self.patch(path, *operations), 413)
        self.assertEqual(self.teams_of(self.dev), ["payments:scim"])

    def test_patches_that_are_none(self) -> None:
        for operations, kind in (
            ([], "invalidValue"),
            ([{"op": "erase", "path": "active"}], "invalidValue"),
            ([{"op": "replace", "path": "active", "value": "perhaps"}], "invalidValue"),
            ([{"op": "replace", "path": "emails[", "value": "x"}], "invalidPath"),
            ([{"op": "replace", "path": "id", "value": "x"}], "mutability"),
            ([{"op": "remove", "path": "userName"}], "mutability"),
            ([{"op": "remove"}], "noTarget"),
            ([{"op": "add", "path": "displayName"}], "invalidValue"),
        ):
            with self.subTest(str(operations)):
                self.assertError(self.patch(f"/Users/{self.dev.pk}", *operations), 400, kind)
        self.assertError(self.call("PATCH", f"/Users/{self.dev.pk}", {"schemas": [PATCH]}), 400, "invalidValue")

    def test_nothing_is_kept_on_the_way(self) -> None:
        self.assertEqual(self.get("/Users")["Cache-Control"], "no-store")


class DiscoveryTests(DirectoryTestCase):
    def test_it_promises_what_it_does(self) -> None:
        config = self.get("/ServiceProviderConfig").json()
        supported = {name: config[name]["supported"] for name in ("patch", "bulk", "filter", "sort", "etag")}
        self.assertEqual(supported, {"patch": True, "bulk": False, "filter": True, "sort": False, "etag": True})
        self.assertFalse(config["changePassword"]["supported"])
        self.assertEqual(config["authenticationSchemes"][0]["type"], "oauthbearertoken")

    def test_types_and_schemas(self) -> None:
        types = self.get("/ResourceTypes").json()
        self.assertEqual([each["endpoint"] for each in types["Resources"]], ["/Users", "/Groups"])
        schemas = self.get("/Schemas").json()
        self.assertEqual(schemas["totalResults"], 3)
        for each in schemas["Resources"]:
            one = self.get(f"/Schemas/{each['id']}").json()
            self.assertEqual(one, each)
            self.assertTrue(one["meta"]["location"].endswith(f"/scim/v2/Schemas/{one['id']}"))
        user = self.get(f"/Schemas/{USER}").json()
        names = {attribute["name"] for attribute in user["attributes"]}
        self.assertEqual(names, {"userName", "name", "displayName", "active", "emails", "groups"})
        self.assertEqual(self.get("/ResourceTypes/Group").json()["schema"], GROUP)
        self.assertError(self.get("/Schemas/nothing"), 404)
        self.assertError(self.get('/Schemas?filter=id eq "x"'), 403)
