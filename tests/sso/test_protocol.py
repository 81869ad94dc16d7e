"""OpenID Connect against who would bend it: foreign answers, other parameters, tokens of others, addresses inside."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.test import Client

from keyvault.errors import Invalid
from orgs.services.connections import create_connection
from tests.sso.oidc_far_side import CLIENT
from tests.sso.scene import NINA, SsoTestCase
from tests.web.scene import browser


class StateTests(SsoTestCase):
    def back(self, client: Client, query: dict[str, Any]) -> Any:
        return client.get(f"/sso/{self.connection.key}/callback", query)

    def test_an_answer_in_a_browser_that_has_not_asked_is_refused(self) -> None:
        """The victim follows a link with the attacker's code."""
        answer = self.provider.authorize(self.begin(browser()), NINA)
        victim = browser()
        self.assertContains(self.back(victim, answer), "You are not signed in", status_code=401)
        self.assertNotSignedIn(victim)
        self.assertNotIn("/token", self.provider.asked)

    def test_a_foreign_or_missing_state_is_refused(self) -> None:
        client = browser()
        answer = self.provider.authorize(self.begin(client), NINA)
        for query in ({**answer, "state": "another"}, {"code": answer["code"]}, {}):
            with self.subTest(query):
                self.assertEqual(self.back(client, query).status_code, 401)
        self.assertNotSignedIn(client)

    def test_an_answer_counts_once(self) -> None:
        client = browser()
        answer = self.provider.authorize(self.begin(client), NINA)
        self.back(client, answer)
        client.post("/sign-out")
        self.assertEqual(self.back(client, answer).status_code, 401)
        self.assertNotSignedIn(client)

    def test_an_answer_for_another_connection_is_refused(self) -> None:
        client = browser()
        answer = self.provider.authorize(self.begin(client), NINA)
        self.connection = self.connect(self.evil_corp, self.mallory, self.oidc())
        self.assertEqual(self.back(client, answer).status_code, 401)
        self.assertNotSignedIn(client)

    def test_without_the_code_verifier_of_this_browser_a_code_is_worth_nothing(self) -> None:
        """A stolen code in a sign-in of the thief's own: PKCE binds it to where it was asked for."""
        stolen = self.provider.authorize(self.begin(browser()), NINA)["code"]
        thief = browser()
        own = self.provider.authorize(self.begin(thief), {"sub": "thief"})
        self.assertEqual(self.back(thief, {**own, "code": stolen}).status_code, 401)
        self.assertNotSignedIn(thief)

    def test_the_session_gets_a_new_key(self) -> None:
        client = browser()
        answer = self.provider.authorize(self.begin(client), NINA)
        before = client.session.session_key
        self.back(client, answer)
        self.assertNotEqual(client.session.session_key, before)

    def test_signing_in_as_somebody_else_ends_the_session_before(self) -> None:
        client = browser(self.mallory)
        self.sign_in(NINA, client)
        self.assertNotEqual(client.session["_auth_user_id"], str(self.mallory.pk))


class StartTests(SsoTestCase):
    def test_the_request_has_a_code_challenge_a_nonce_and_our_own_address(self) -> None:
        query = parse_qs(urlsplit(self.begin(browser())).query)
        self.assertEqual(query["redirect_uri"], [f"http://testserver/sso/{self.connection.key}/callback"])
        self.assertEqual((query["code_challenge_method"], query["client_id"]), (["S256"], [CLIENT]))
        self.assertTrue(query["nonce"][0] and query["state"][0] and query["code_challenge"][0])

    def test_nobody_adds_parameters_to_it(self) -> None:
        """Stock allauth takes auth_params and scope from the link's author."""
        query = "?auth_params=redirect_uri%3Dhttps://evil.example&scope=admin&process=connect"
        shown = browser().post(f"/sign-in/sso{query}", {"email": NINA["email"], "auth_params": "prompt=none"})
        self.assertNotContains(shown, "evil.example")
        self.assertNotContains(shown, "admin")
        self.assertNotContains(shown, "prompt")

    def test_the_stock_addresses_do_not_exist(self) -> None:
        key = self.connection.key
        for address in (
            f"/oidc/{key}/login/",
            f"/accounts/oidc/{key}/login/",
            f"/accounts/saml/{key}/login/",
            "/accounts/github/login/",
            "/accounts/social/connections/",
            "/accounts/3rdparty/",
            f"/sso/{key}/login",
        ):
            with self.subTest(address):
                self.assertEqual(browser().get(address).status_code, 404)

    def test_it_begins_by_a_post_of_our_own_page(self) -> None:
        client = Client(enforce_csrf_checks=True)
        self.assertEqual(client.post("/sign-in/sso", {"email": NINA["email"]}).status_code, 403)
        self.assertContains(client.get(f"/sign-in/sso?email={NINA['email']}"), "Continue")
        self.assertEqual(self.provider.asked, [])

    def test_it_tells_of_domains_and_of_no_account(self) -> None:
        with_account = browser().post("/sign-in/sso", {"email": self.olivia.email})
        without = browser().post("/sign-in/sso", {"email": "nobody@acme.example"})
        self.assertEqual((with_account.status_code, without.status_code), (200, 200))
        self.assertContains(
            browser().post("/sign-in/sso", {"email": "a@b.example"}), "No organisation", status_code=422
        )

    def test_tries_from_one_address_are_limited(self) -> None:
        client = browser()
        answers = {client.post("/sign-in/sso", {"email": "a@b.example"}).status_code for _ in range(31)}
        self.assertEqual(answers, {422, 429})


class TokenTests(SsoTestCase):
    def refused(self) -> None:
        client = browser()
        answer = self.sign_in(NINA, client)
        self.assertContains(answer, "You are not signed in", status_code=401)
        self.assertNotSignedIn(client)

    def test_an_id_token_for_or_of_somebody_else_is_refused(self) -> None:
        lies: list[dict[str, Any]] = [
            {"aud": "another-client"},
            {"aud": [CLIENT, "another-client"]},
            {"aud": [CLIENT, "another-client"], "azp": "another-client"},
            {"azp": "another-client"},
            {"iss": "https://evil.example"},
            {"exp": 1},
            {"nonce": "another"},
            {"nonce": None},
            {"sub": ""},
        ]
        for self.provider.lies in lies:
            with self.subTest(self.provider.lies):
                self.refused()

    def test_user_information_of_somebody_else_is_refused(self) -> None:
        self.provider.userinfo_lies = {"sub": "olivia", "email": self.olivia.email}
        self.refused()

    def test_an_answer_without_id_token_or_that_cannot_be_read_is_refused(self) -> None:
        answers: list[Any] = [
            {"access_token": "x", "token_type": "Bearer"},
            {"access_token": "x", "id_token": "not.a.token"},
            {"error": "server_error"},
            ["not", "an", "object"],
        ]
        for self.provider.token_answer in answers:
            with self.subTest(self.provider.token_answer):
                self.refused()

    def test_a_discovery_document_of_another_issuer_is_refused(self) -> None:
        for self.provider.discovery in (
            {"issuer": "https://evil.example"},
            {"authorization_endpoint": None},
            {"authorization_endpoint": "http://evil.example/authorize"},
            {"authorization_endpoint": "javascript:alert(1)"},
        ):
            with self.subTest(self.provider.discovery):
                answer = browser().post("/sign-in/sso", {"email": NINA["email"]})
                self.assertContains(answer, "cannot be reached", status_code=502)

    def test_endpoints_inside_the_network_are_not_asked(self) -> None:
        for inside in ("http://169.254.169.254/latest", "https://10.0.0.1/token", "https://[::1]/token"):
            self.provider.discovery = {"token_endpoint": inside}
            with self.subTest(inside):
                self.refused()


class IssuerTests(SsoTestCase):
    def test_an_issuer_is_https_and_not_inside(self) -> None:
        for issuer in (
            "http://idp.example",
            "http://169.254.169.254",
            "ftp://idp.example",
            "https://user:pw@idp.example",
            "https://idp.example/#x",
            "idp.example",
            "",
        ):
            with self.subTest(issuer), self.assertRaises(Invalid):
                actor = self.actor(self.olivia, stepped_up=True)
                create_connection(actor=actor, org=self.acme, name="X", configuration=self.oidc(issuer=issuer))

    def test_an_issuer_inside_the_network_is_never_connected_to(self) -> None:
        for issuer in ("https://169.254.169.254", "https://10.0.0.1"):
            self.connection.delete() if self.connection.pk else None
            self.connection = self.connect(self.acme, self.olivia, self.oidc(issuer=issuer))
            answer = browser().post("/sign-in/sso", {"email": NINA["email"]})
            self.assertContains(answer, "cannot be reached", status_code=502)
