"""Acme's directory: a SCIM token, and a client that speaks as Okta and Entra do."""

import json
from typing import Any
from uuid import UUID

from django.test import Client
from django.utils import timezone

from accounts.models import User
from keyvault.actor import Role
from orgs.models import Connection, Domain, Kind, Membership, Organization, RoleMapping, Team, TeamMapping
from orgs.services.scim_tokens import issue_scim_token
from tests.api.scene import own_cache
from tests.cast import Cast, CastTestCase

BASE = "/scim/v2"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


class Directory(Cast):
    """``token`` is acme's, ``evil_token`` evil-corp's."""

    token: str
    evil_token: str

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str) -> Any:
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        headers.setdefault("Authorization", f"Bearer {self.token if token is None else token}")
        kind = headers.pop("content_type", "application/scim+json")
        return self.client.generic(method, f"{BASE}{path}", content, kind, headers=headers)

    def get(self, path: str, **options: Any) -> Any:
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any, **options: Any) -> Any:
        return self.call("POST", path, body, **options)

    def put(self, path: str, body: Any, **options: Any) -> Any:
        return self.call("PUT", path, body, **options)

    def patch(self, path: str, *operations: dict[str, Any], **options: Any) -> Any:
        return self.call("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)}, **options)

    def delete(self, path: str, **options: Any) -> Any:
        return self.call("DELETE", path, **options)

    def provisioned(self, who: str = "nora", /, **more: Any) -> User:
        response = self.post("/Users", person(who, **more))
        self.assertEqual(response.status_code, 201, response.content)
        return User.objects.get(pk=response.json()["id"])

    def group(self, name: str, *members: User, **more: Any) -> UUID:
        listed = [{"value": str(member.pk)} for member in members]
        response = self.post("/Groups", {"schemas": [GROUP], "displayName": name, "members": listed, **more})
        self.assertEqual(response.status_code, 201, response.content)
        return UUID(response.json()["id"])

    def live(self, user: User, org: Organization | None = None) -> Membership | None:
        return Membership.objects.filter(user=user, org=org or self.acme, ended_at=None).first()

    def teams_of(self, user: User) -> list[str]:
        member = self.live(user)
        rows = member.team_memberships.values_list("team__slug", "source") if member else []
        return sorted(f"{slug}:{source}" for slug, source in rows)

    def assertError(self, response: Any, status: int, kind: str | None = None) -> dict[str, Any]:
        document: dict[str, Any] = response.json()
        self.assertEqual(response["Content-Type"], "application/scim+json")
        self.assertEqual((response.status_code, document.get("scimType")), (status, kind), document)
        self.assertEqual((document["schemas"], document["status"]), ([ERROR], str(status)))
        return document

    def proven(self, domain: str, org: Organization | None = None) -> None:
        Domain.objects.create(org=org or self.acme, name=domain, challenge="x", proof="dns", proven_at=timezone.now())

    def connection(self, default_role: str = "") -> Connection:
        return Connection.objects.create(
            org=self.acme,
            kind=Kind.OIDC,
            key="k" * 24,
            name="Entra",
            configuration="{}",
            enabled=True,
            default_role=default_role,
        )

    def role_mapping(self, connection: Connection, value: str, role: Role, claim: str = "groups") -> None:
        RoleMapping.objects.create(org=self.acme, connection=connection, claim=claim, value=value, role=role)

    def team_mapping(self, connection: Connection, value: str, team: Team, claim: str = "groups") -> None:
        TeamMapping.objects.create(org=self.acme, connection=connection, claim=claim, value=value, team=team)


class DirectoryTestCase(Directory, CastTestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        issue_tokens(cls)

    def setUp(self) -> None:
        self.enterContext(own_cache())
        self.client = Client(raise_request_exception=True)
        super().setUp()


def issue_tokens(stage: Any) -> None:
    case = stage() if isinstance(stage, type) else stage
    owner, evil = case.actor(stage.olivia, stepped_up=True), case.actor(stage.mallory, stepped_up=True)
    stage.token = issue_scim_token(actor=owner, org=stage.acme, name="Okta").value
    stage.evil_token = issue_scim_token(actor=evil, org=stage.evil_corp, name="Okta").value


def person(who: str = "nora", domain: str = "acme.example", /, **more: Any) -> dict[str, Any]:
    """As Okta sends it."""
    address = f"{who}@{domain}"
    return {
        "schemas": [USER],
        "userName": address,
        "name": {"givenName": who.title(), "familyName": "Newton"},
        "emails": [{"primary": True, "value": address, "type": "work"}],
        "displayName": f"{who.title()} Newton",
        "locale": "en-US",
        "externalId": f"00u-{who}",
        "groups": [],
        "password": "1mz050nq",
        "active": True,
        **more,
    }
