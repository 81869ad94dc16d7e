"""Settings → Single sign-on in a browser: connect, configure, map, prove, test, delete."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings

from accounts.models import User
from orgs.models import Connection, Domain, RoleMapping, Team, TeamMapping
from orgs.sign_on.configurations import OidcConfiguration, configuration_of
from tests.accounts.factors import give_authenticator, give_password, verified
from tests.egress.name_server import name_server
from tests.sso.metadata import provider_metadata
from tests.sso.oidc_far_side import SECRET
from tests.sso.scene import NINA, SsoTestCase
from tests.web.scene import browser, page, quickly

SIGN_ON = "/o/acme/settings/sso"


@quickly
class SettingsTestCase(SsoTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.client = self.stepped_up(self.olivia)
        self.one = f"{SIGN_ON}/{self.connection.pk}"

    def stepped_up(self, user: User) -> Client:
        client = verified(give_password(user), give_authenticator(user))
        self.forget_events()
        return client


class ConnectingTests(SettingsTestCase):
    def test_an_openid_provider_is_connected_and_stays_off(self) -> None:
        form = {"name": "Okta", "issuer": "https://acme.okta.example", "client_id": "abc", "client_secret": "hush"}
        answer = self.client.post(f"{SIGN_ON}/new/oidc", {**form, "scopes": "openid email groups"})
        made = Connection.objects.get(name="Okta")
        self.assertRedirects(answer, f"{SIGN_ON}/{made.pk}", fetch_redirect_response=False)
        self.assertFalse(made.enabled)
        scopes = ("openid", "email", "groups")
        self.assertEqual(configuration_of(made), OidcConfiguration("https://acme.okta.example", "abc", "hush", scopes))
        self.assertEvents("sso:create")
        shown = self.client.get(f"{SIGN_ON}/{made.pk}")
        self.assertContains(shown, f"http://testserver/sso/{made.key}/callback")
        self.assertNotContains(shown, "hush")

    def test_a_saml_provider_is_connected_by_its_metadata(self) -> None:
        file = SimpleUploadedFile("metadata.xml", provider_metadata("https://idp.acme.example/").encode())
        self.client.post(f"{SIGN_ON}/new/saml", {"name": "ADFS", "metadata_file": file, "uid_attribute": "oid"})
        made = Connection.objects.get(name="ADFS")
        self.assertEqual(configuration_of(made).identity, "https://idp.acme.example/")
        shown = self.client.get(f"{SIGN_ON}/{made.pk}")
        self.assertContains(shown, f"http://testserver/sso/{made.key}/acs")
        self.assertContains(browser().get(f"/sso/{made.key}/metadata"), f"http://testserver/sso/{made.key}/acs")
        self.client.post(f"{SIGN_ON}/{made.pk}/configuration", {"name": "ADFS", "uid_attribute": "sid"})
        made.refresh_from_db()
        self.assertEqual(getattr(configuration_of(made), "uid_attribute", ""), "sid")

    def test_what_is_no_metadata_is_refused(self) -> None:
        entity = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        good = provider_metadata("urn:idp")
        for text in (
            "",
            "<x/>",
            "not xml",
            entity + good,
            good.replace("HTTP-Redirect", "SOAP"),
            good[: len(good) // 2],
        ):
            with self.subTest(text[:40]):
                answer = self.client.post(f"{SIGN_ON}/new/saml", {"name": "ADFS", "metadata": text})
                self.assertEqual(answer.status_code, 422)
        self.assertEqual(Connection.objects.count(), 1)

    def test_a_mistake_is_said_at_its_field(self) -> None:
        form = {"name": "X", "issuer": "http://169.254.169.254/", "client_id": "a", "client_secret": "b"}
        answer = self.client.post(f"{SIGN_ON}/new/oidc", {**form, "scopes": "openid"})
        self.assertContains(answer, "begins with https://", status_code=422)
        self.assertNotContains(answer, 'value="b"', status_code=422)

    def test_a_secret_that_is_left_empty_stays(self) -> None:
        form = {"name": "Acme ID", "issuer": self.provider.issuer, "client_id": "other", "client_secret": ""}
        self.client.post(f"{self.one}/configuration", {**form, "scopes": "openid"})
        self.connection.refresh_from_db()
        self.assertEqual(configuration_of(self.connection), self.oidc(client_id="other", scopes=("openid",)))
        self.assertNotContains(self.client.get(f"{self.one}/configuration"), SECRET)

    def test_it_is_deleted_by_a_post(self) -> None:
        self.assertContains(self.client.get(f"{self.one}/deletion"), "Delete Acme ID?")
        self.assertRedirects(self.client.post(f"{self.one}/deletion"), SIGN_ON, fetch_redirect_response=False)
        self.assertFalse(Connection.objects.exists())


class RuleTests(SettingsTestCase):
    def test_rules_and_mappings(self) -> None:
        team = Team.objects.create(org=self.acme, slug="core", name="Core")
        self.client.post(f"{self.one}/rules", {"default_role": "developer", "enabled": "on"})
        self.client.post(f"{self.one}/role-mappings", {"role-claim": "groups", "role-value": "a", "role-role": "admin"})
        self.client.post(
            f"{self.one}/team-mappings", {"team-claim": "groups", "team-value": "b", "team-team": str(team.pk)}
        )
        self.connection.refresh_from_db()
        self.assertEqual((self.connection.default_role, self.connection.enabled), ("developer", True))
        self.assertEqual([(m.value, m.role) for m in RoleMapping.objects.all()], [("a", "admin")])
        self.assertEqual([(m.value, m.team) for m in TeamMapping.objects.all()], [("b", team)])
        shown = self.client.get(self.one)
        self.assertContains(shown, "Core")
        for mapping in (RoleMapping.objects.get(), TeamMapping.objects.get()):
            self.client.post(f"{SIGN_ON}/mappings/{mapping.pk}/removal")
        self.assertFalse(RoleMapping.objects.exists() or TeamMapping.objects.exists())

    def test_owner_is_no_choice(self) -> None:
        answer = self.client.post(
            f"{self.one}/role-mappings",
            {"role-claim": "groups", "role-value": "a", "role-role": "owner"},
            follow=True,
        )
        self.assertContains(answer, "not one of the available choices")
        self.assertFalse(RoleMapping.objects.exists())

    def test_a_domain_is_claimed_proven_and_given_up(self) -> None:
        self.client.post(f"{SIGN_ON}/domains", {"name": "new.example"})
        domain = Domain.objects.get(name="new.example")
        shown = self.client.get(SIGN_ON)
        self.assertContains(shown, "_keyvault.new.example")
        self.assertContains(shown, f"keyvault-domain={domain.challenge}")
        records = {"_keyvault.new.example": [f"keyvault-domain={domain.challenge}"]}
        with name_server(records) as address, override_settings(KEYVAULT_DNS_SERVERS=[address]):
            self.client.post(f"{SIGN_ON}/domains/{domain.pk}/proof")
        self.assertTrue(Domain.objects.proven().filter(pk=domain.pk).exists())
        self.client.post(f"{SIGN_ON}/domains/{domain.pk}/removal")
        self.assertFalse(Domain.objects.filter(pk=domain.pk).exists())


class TrialTests(SettingsTestCase):
    def begin_test(self) -> str:
        shown = self.client.post(f"{self.one}/test")
        (link,) = [each["href"] for each in page(shown).all("a") if each.get("id") == "provider"]
        return link

    def test_it_reports_what_would_happen_and_changes_nothing(self) -> None:
        Connection.objects.update(enabled=False)
        self.map("staff", "developer")
        answer = self.provider.authorize(self.begin_test(), NINA)
        shown = self.client.get(f"/sso/{self.connection.key}/callback", answer)
        self.assertContains(shown, "It works. This person would be developer")
        self.assertContains(shown, "nina@acme.example")
        self.assertEqual(self.client.session["_auth_user_id"], str(self.olivia.pk))
        self.assertFalse(User.objects.filter(email=NINA["email"]).exists())
        self.assertEvents("sso:test")

    def test_it_says_why_somebody_would_be_refused(self) -> None:
        for lie, sentence in (
            ({"email": "nina@private.example"}, "no domain that this organisation has proven"),
            ({"email_verified": False}, "does not say that your address is verified"),
        ):
            answer = self.provider.authorize(self.begin_test(), {**NINA, **lie})
            self.assertContains(self.client.get(f"/sso/{self.connection.key}/callback", answer), sentence)

    def test_the_providers_own_message_is_shown_when_it_fails(self) -> None:
        state = self.provider.authorize(self.begin_test(), NINA)["state"]
        query = {
            "state": state,
            "error": "invalid_scope",
            "error_description": "Scope x is not allowed <b>here</b>",
        }
        shown = self.client.get(f"/sso/{self.connection.key}/callback", query)
        self.assertContains(shown, "invalid_scope: Scope x is not allowed &lt;b&gt;here")
        (event,) = self.assertEvents("sso:test:error")
        self.assertEqual(event.reason, "provider-refused")
        self.provider.token_answer = {"error": "invalid_client", "error_description": "Unknown client"}
        answer = self.provider.authorize(self.begin_test(), NINA)
        self.assertContains(self.client.get(f"/sso/{self.connection.key}/callback", answer), "Unknown client")

    def test_a_provider_that_cannot_be_reached_is_named(self) -> None:
        self.provider.discovery = {"issuer": "https://another.example"}
        self.assertContains(self.client.post(f"{self.one}/test"), "of another issuer: https://another.example")

    def test_to_others_a_provider_says_nothing(self) -> None:
        """Whoever writes the link chooses the words."""
        client = browser()
        state = self.provider.authorize(self.begin(client), NINA)["state"]
        query = {"state": state, "error": "oops", "error_description": "Call 555-1234"}
        shown = client.get(f"/sso/{self.connection.key}/callback", query)
        self.assertNotContains(shown, "555-1234", status_code=401)

    def test_a_report_is_for_who_may_test(self) -> None:
        url = self.begin_test()
        answer = self.provider.authorize(url, NINA)
        self.membership(self.olivia)
        from orgs.models import Membership

        Membership.objects.filter(user=self.adam).update(role="owner")
        Membership.objects.filter(user=self.olivia).update(role="viewer")
        shown = self.client.get(f"/sso/{self.connection.key}/callback", answer)
        self.assertEqual(shown.status_code, 403)
        self.assertNotContains(shown, "nina@", status_code=403)


class DoorTests(SettingsTestCase):
    def addresses(self) -> list[tuple[str, str]]:
        domain = Domain.objects.get()
        mapping = self.map("x", "viewer")
        return [
            *(("get", f"{SIGN_ON}{rest}") for rest in ("", "/new/oidc", "/new/saml", "/new/github")),
            ("get", self.one),
            *(("post", f"{self.one}{rest}") for rest in ("/configuration", "/rules", "/test", "/deletion")),
            *(("post", f"{self.one}{rest}") for rest in ("/role-mappings", "/team-mappings")),
            *(("post", f"{SIGN_ON}/domains/{domain.pk}/{rest}") for rest in ("proof", "removal")),
            ("post", f"{SIGN_ON}/mappings/{mapping.pk}/removal"),
        ]

    def test_another_organizations_owner_finds_nothing(self) -> None:
        client = self.stepped_up(self.mallory)
        for method, address in self.addresses()[4:]:
            with self.subTest(address):
                self.assertEqual(getattr(client, method)(address).status_code, 404)

    def test_an_admin_looks_and_tests_and_changes_nothing(self) -> None:
        client = self.stepped_up(self.adam)
        self.assertEqual([client.get(address).status_code for address in (SIGN_ON, self.one)], [200, 200])
        self.assertEqual(client.post(f"{self.one}/test").status_code, 200)
        self.assertEqual(client.post(f"{self.one}/deletion").status_code, 403)
        self.assertEqual(client.get(f"{SIGN_ON}/new/oidc").status_code, 403)

    def test_developers_and_viewers_see_nothing(self) -> None:
        for user in (self.dev, self.vera):
            client = browser(user)
            self.assertEqual(client.get(SIGN_ON).status_code, 403)
            self.assertNotContains(client.get("/account"), SIGN_ON)

    def test_changes_take_a_second_factor_shown_just_now(self) -> None:
        client = browser(self.olivia)
        for address in (f"{SIGN_ON}/new/oidc", f"{self.one}/configuration", f"{self.one}/deletion"):
            self.assertIn("/account/step-up", client.get(address)["Location"])
        for address in (f"{self.one}/rules", f"{self.one}/role-mappings", f"{self.one}/team-mappings"):
            self.assertIn("/account/step-up", client.post(address)["Location"])
        self.assertTrue(Connection.objects.exists())

    def test_every_act_is_a_post_with_a_token(self) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(self.olivia)
        for method, address in self.addresses():
            if method == "post":
                with self.subTest(address):
                    self.assertEqual(client.post(address).status_code, 403)
                    self.assertIn(client.get(address).status_code, (302, 405))

    def test_pages_have_one_heading_and_labels(self) -> None:
        from tests.web.test_templates import inline, unlabelled

        Team.objects.create(org=self.acme, slug="core", name="Core")
        for address in (SIGN_ON, self.one, f"{SIGN_ON}/new/oidc", f"{SIGN_ON}/new/saml", f"{self.one}/deletion"):
            with self.subTest(address):
                shown = page(self.client.get(address))
                self.assertEqual((len(shown.all("h1")), inline(shown), unlabelled(shown)), (1, [], []))
