"""Acme signs in by its own provider; its domain is proven."""

from typing import Any

from allauth.account.models import EmailAddress
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import User
from keyvault.flows.browser_sessions import SSO_ORG
from orgs.models import Connection, Domain, Organization, RoleMapping
from orgs.services.connections import create_connection, set_rules
from orgs.sign_on.configurations import Configuration, OidcConfiguration
from tests.cast import CastTestCase
from tests.sso.oidc_far_side import CLIENT, SECRET, OidcFarSide, oidc_far_side
from tests.web.scene import browser, page

ADMITTED = override_settings(
    KEYVAULT_EGRESS_ALLOW=["sso@localhost=127.0.0.0/8", "sso@localhost=::1/128"], KEYVAULT_URL="http://testserver"
)
NINA = {"sub": "nina-1", "email": "nina@acme.example", "email_verified": True, "name": "Nina", "groups": ["staff"]}


class SsoTestCase(CastTestCase):
    """``provider`` is acme's; ``connection`` is on, maps nothing, and makes everybody a viewer by default."""

    provider: OidcFarSide
    connection: Connection

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(ADMITTED)
        self.provider = self.enterContext(oidc_far_side())
        self.prove("acme.example")
        self.connection = self.connect(self.acme, self.olivia, self.oidc())
        self.forget_events()

    def oidc(self, **facts: Any) -> OidcConfiguration:
        given = {"issuer": self.provider.issuer, "client_id": CLIENT, "client_secret": SECRET}
        return OidcConfiguration(**{**given, **facts})

    def connect(
        self, org: Organization, owner: User, configuration: Configuration, default_role: str = "viewer"
    ) -> Connection:
        actor = self.actor(owner, stepped_up=True)
        made = create_connection(actor=actor, org=org, name=f"{org.name} ID", configuration=configuration)
        return set_rules(
            actor=actor, connection=made, default_role=default_role, trust_unmarked_email=False, enabled=True
        )

    def prove(self, name: str, org: Organization | None = None) -> Domain:
        return Domain.objects.create(
            org=org or self.acme, name=name, challenge="x", proof="operator", proven_at=timezone.now()
        )

    def map(self, value: str, role: str, claim: str = "groups") -> RoleMapping:
        return RoleMapping.objects.create(
            org=self.acme, connection=self.connection, claim=claim, value=value, role=role
        )

    def without_default(self) -> None:
        Connection.objects.filter(pk=self.connection.pk).update(default_role="")

    def has_proven_address(self, user: User) -> None:
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)

    def begin(self, client: Client, email: str = "nina@acme.example", **form: str) -> str:
        """The address at the provider."""
        return self.link_to_provider(client.post("/sign-in/sso", {"email": email, **form}))

    def link_to_provider(self, shown: Any) -> str:
        self.assertEqual(shown.status_code, 200, shown.content)
        (link,) = [each["href"] for each in page(shown).all("a") if each.get("id") == "provider"]
        return link

    def sign_in(self, person: dict[str, Any], client: Client | None = None, **form: str) -> Any:
        """The answer to the browser's way back."""
        client = client or browser()
        email = str(person.get("email", "nina@acme.example")) if "email" not in form else form.pop("email")
        url = self.begin(client, email, **form)
        return client.get(f"/sso/{self.connection.key}/callback", self.provider.authorize(url, person))

    def assertSignedIn(self, client: Client, user: User) -> None:
        self.assertEqual(client.session.get("_auth_user_id"), str(user.pk))
        self.assertEqual(client.session.get(SSO_ORG), str(self.acme.pk))

    def assertNotSignedIn(self, client: Client) -> None:
        self.assertNotIn("_auth_user_id", client.session)
