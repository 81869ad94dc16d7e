"""Against a certified OpenID provider, as anybody could run it: the whole way there and back."""

from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from accounts.models import User
from orgs.models import Membership
from orgs.services.connections import configure_connection, create_connection, set_rules
from orgs.sign_on.configurations import OidcConfiguration
from tests.accounts.factors import later
from tests.cast import CastTestCase
from tests.sso.real.openid import Visitor, openid_provider
from tests.sso.scene import ADMITTED
from tests.web.scene import browser, page

pytestmark = pytest.mark.slow

# A connection's key is in the callback that the provider must know before there is an issuer to make a connection with.
_KEY = "0123456789abcdef01234567"


class OpenIdProviderTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(ADMITTED)

    def test_somebody_arrives_by_either_way_of_naming_the_client(self) -> None:
        for method in ("client_secret_basic", "client_secret_post"):
            with (
                self.subTest(method),
                openid_provider(f"http://testserver/sso/{_KEY}/callback", method) as issuer,
            ):
                self.connect(issuer)
                client = browser()
                link = link_in(client.post("/sign-in/sso", {"email": "nina@acme.example"}))
                answer = client.get(f"/sso/{_KEY}/callback", Visitor().sign_in(link, "nina"))
                self.assertRedirects(answer, "/", fetch_redirect_response=False)
                nina = User.objects.get(email="nina@acme.example")
                self.assertEqual(client.session["_auth_user_id"], str(nina.pk))
                self.assertEqual(Membership.objects.get(user=nina, ended_at=None).role, "admin")
                self.assertEqual(SocialAccount.objects.get().uid, "nina")
                stranger = browser()
                shown = stranger.post("/sign-in/sso", {"email": "nina@acme.example"})
                refused = stranger.get(f"/sso/{_KEY}/callback", Visitor().sign_in(link_in(shown), "ned"))
                self.assertEqual(refused.status_code, 403)
                SocialAccount.objects.all().delete()

    def test_an_open_session_there_steps_nobody_up_but_credentials_do(self) -> None:
        with openid_provider(f"http://testserver/sso/{_KEY}/callback", "client_secret_basic") as issuer:
            self.connect(issuer)
            client, visitor = browser(), Visitor()
            self.arrive(client, visitor)
            typed = visitor.typed
            self.arrive(browser(), visitor)
            self.assertEqual(visitor.typed, typed, "the session there opens another one here without credentials")
            guarded = f"/o/acme/members/{self.membership(self.dev).pk}/offboarding"
            self.assertEqual(client.get(guarded).status_code, 302)
            shown = client.post("/account/step-up/provider", {"next": guarded})
            answer = client.get(f"/sso/{_KEY}/callback", visitor.sign_in(link_in(shown), "nina"))
            self.assertEqual(visitor.typed, typed + 1)
            self.assertRedirects(answer, guarded, fetch_redirect_response=False)
            self.assertEqual(client.get(guarded).status_code, 200)

    def test_a_provider_that_is_not_asked_anew_steps_nobody_up(self) -> None:
        """As one would answer that ignores what it is asked: the request loses its fence on the way."""
        with openid_provider(f"http://testserver/sso/{_KEY}/callback", "client_secret_basic") as issuer:
            self.connect(issuer)
            client, visitor = browser(), Visitor()
            self.arrive(client, visitor)
            typed = visitor.typed
            with later(120):
                link = link_in(client.post("/account/step-up/provider", {"next": "/account"}))
                mild = link.replace("prompt=login", "").replace("max_age=0", "max_age=100000")
                answer = client.get(f"/sso/{_KEY}/callback", visitor.sign_in(mild, "nina"))
            self.assertEqual(visitor.typed, typed)
            self.assertContains(answer, "sign-in-not-fresh", status_code=403)

    def arrive(self, client: Client, visitor: Visitor) -> None:
        shown = client.post("/sign-in/sso", {"email": "nina@acme.example"})
        client.get(f"/sso/{_KEY}/callback", visitor.sign_in(link_in(shown), "nina"))
        self.assertIn("_auth_user_id", client.session)

    def connect(self, issuer: str) -> None:
        from django.utils import timezone

        from orgs.models import Connection, Domain, RoleMapping

        Connection.objects.all().delete()
        Domain.objects.get_or_create(
            org=self.acme, name="acme.example", challenge="x", proof="operator", defaults={"proven_at": timezone.now()}
        )
        owner = self.actor(self.olivia, stepped_up=True)
        scopes = ("openid", "profile", "email", "groups")
        configuration = OidcConfiguration(issuer, "keyvault", "hush", scopes)
        made = create_connection(actor=owner, org=self.acme, name="Acme ID", configuration=configuration)
        configure_connection(actor=owner, connection=made, name="Acme ID", configuration=configuration)
        set_rules(actor=owner, connection=made, default_role="", trust_unmarked_email=False, enabled=True)
        Connection.objects.filter(pk=made.pk).update(key=_KEY)
        for value, role in (("staff", "viewer"), ("leads", "admin")):
            RoleMapping.objects.create(org=self.acme, connection=made, claim="groups", value=value, role=role)


def link_in(shown: Any) -> str:
    """To the provider."""
    (link,) = [each["href"] for each in page(shown).all("a") if each.get("id") == "provider"]
    return link
