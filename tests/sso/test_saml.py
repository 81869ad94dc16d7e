"""SAML: what a signed assertion says is believed once, for the request of this browser, and nothing else ever."""

from typing import Any

import xmlsec
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session
from django.test import Client
from lxml import etree

from accounts.models import User
from orgs.models import Connection, Membership
from orgs.services.connections import configure_connection
from orgs.sign_on.configurations import SamlConfiguration, configuration_of
from orgs.sign_on.metadata import read_metadata
from tests.sso.saml_far_side import (
    NS,
    SSO_URL,
    WRAPPINGS,
    WRAPS_A_RESPONSE,
    Said,
    Signer,
    asked,
    assertion_of,
    encoded,
    metadata,
    response,
)
from tests.sso.scene import SsoTestCase
from tests.web.scene import browser, page

SIGNER, NEXT_SIGNER = Signer(), Signer()


class SamlTestCase(SsoTestCase):
    def setUp(self) -> None:
        super().setUp()
        Connection.objects.all().delete()
        self.connection = self.connect(self.acme, self.olivia, self.saml(SIGNER))
        Connection.objects.update(trust_unmarked_email=True)
        self.connection.refresh_from_db()
        self.forget_events()

    def saml(self, *signers: Signer, **facts: Any) -> SamlConfiguration:
        read = read_metadata(metadata(*signers))
        return SamlConfiguration(read.entity_id, read.sso_url, read.certificates, **facts)

    def begun(self, client: Client, **form: str) -> Said:
        """A sign-in that this browser has begun, and the right answer to it."""
        return self.right_answer(self.begin(client, **form))

    def right_answer(self, url: str) -> Said:
        self.assertTrue(url.startswith(f"{SSO_URL}?SAMLRequest="))
        base = f"http://testserver/sso/{self.connection.key}"
        return Said(acs=f"{base}/acs", audience=f"{base}/metadata", in_response_to=asked(url)[0])

    def signed(self, said: Said, signer: Signer = SIGNER, transform: Any = None) -> Any:
        document = response(said)
        signer.sign(assertion_of(document), transform)
        return document

    def post(self, client: Client, document: Any, **form: str) -> Any:
        """As the provider's page does, without our cookies; then as our own page does, with them."""
        message = document if isinstance(document, str) else encoded(document)
        handed = Client().post(f"/sso/{self.connection.key}/acs", {"SAMLResponse": message, **form})
        self.assertEqual(handed.status_code, 200)
        (passed,) = [each for each in page(handed).all("input") if each.get("name") == "SAMLResponse"]
        return client.post(f"/sso/{self.connection.key}/acs/finish", {"SAMLResponse": passed["value"], **form})

    def assertRefused(self, client: Client, answer: Any) -> None:
        self.assertContains(answer, "You are not signed in", status_code=401)
        self.assertNotSignedIn(client)
        self.assertFalse(SocialAccount.objects.exists())


class ArrivalTests(SamlTestCase):
    def test_somebody_arrives_with_the_role_of_the_claims(self) -> None:
        self.map("staff", "developer")
        client = browser()
        said = self.begun(client, next="/account")
        answer = self.post(client, self.signed(said))
        self.assertRedirects(answer, "/account", fetch_redirect_response=False)
        nina = User.objects.get(email="nina@acme.example")
        self.assertSignedIn(client, nina)
        self.assertEqual(Membership.objects.get(user=nina).role, "developer")
        self.assertEqual(SocialAccount.objects.get().uid, "nina-1")

    def test_the_response_rests_nowhere(self) -> None:
        """On its way through a page of ours it is in no session."""
        document = self.signed(self.begun(browser()))
        before = Session.objects.count()
        Client().post(f"/sso/{self.connection.key}/acs", {"SAMLResponse": encoded(document)})
        self.assertEqual(Session.objects.count(), before)

    def test_relay_state_leads_nowhere(self) -> None:
        client = browser()
        document = self.signed(self.begun(client))
        answer = self.post(client, document, RelayState="https://evil.example/")
        self.assertRedirects(answer, "/", fetch_redirect_response=False)

    def test_during_a_rollover_both_certificates_count(self) -> None:
        owner = self.actor(self.olivia, stepped_up=True)
        both = self.saml(SIGNER, NEXT_SIGNER)
        configure_connection(actor=owner, connection=self.connection, name="Acme ID", configuration=both)
        for signer in (SIGNER, NEXT_SIGNER):
            client = browser()
            self.post(client, self.signed(self.begun(client), signer))
            self.assertIn("_auth_user_id", client.session)
        only = self.saml(NEXT_SIGNER)
        configure_connection(actor=owner, connection=self.connection, name="Acme ID", configuration=only)
        client = browser()
        self.post(client, self.signed(self.begun(client), SIGNER))
        self.assertNotSignedIn(client)

    def test_a_person_is_named_by_what_never_changes(self) -> None:
        email = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
        transient = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
        for changing in (email, transient):
            client = browser()
            said = self.begun(client)
            said.format = changing
            self.assertRefused(client, self.post(client, self.signed(said)))
        owner = self.actor(self.olivia, stepped_up=True)
        by_attribute = self.saml(SIGNER, uid_attribute="oid")
        configure_connection(actor=owner, connection=self.connection, name="Acme ID", configuration=by_attribute)
        client = browser()
        said = self.begun(client)
        said.format, said.attributes = email, {"oid": "4711"}
        self.post(client, self.signed(said))
        self.assertEqual(SocialAccount.objects.get().uid, "4711")

    def test_the_metadata_says_who_we_are_and_wants_signed_assertions(self) -> None:
        answer = browser().get(f"/sso/{self.connection.key}/metadata")
        document = etree.fromstring(answer.content)
        self.assertEqual(document.get("entityID"), f"http://testserver/sso/{self.connection.key}/metadata")
        self.assertEqual(document.find("md:SPSSODescriptor", NS).get("WantAssertionsSigned"), "true")
        self.assertIsInstance(configuration_of(self.connection), SamlConfiguration)


class RefusalTests(SamlTestCase):
    def refuse(self, **changes: Any) -> None:
        client = browser()
        said = self.begun(client)
        for name, value in changes.items():
            setattr(said, name, value)
        self.assertRefused(client, self.post(client, self.signed(said)))

    def test_an_unsigned_assertion(self) -> None:
        client = browser()
        self.assertRefused(client, self.post(client, response(self.begun(client))))

    def test_a_signed_response_around_an_unsigned_assertion(self) -> None:
        client = browser()
        document = response(self.begun(client))
        SIGNER.sign(document)
        self.assertRefused(client, self.post(client, document))

    def test_another_signer(self) -> None:
        client = browser()
        self.assertRefused(client, self.post(client, self.signed(self.begun(client), NEXT_SIGNER)))

    def test_sha1(self) -> None:
        client = browser()
        document = self.signed(self.begun(client), transform=xmlsec.constants.TransformRsaSha1)
        self.assertRefused(client, self.post(client, document))

    def test_a_changed_assertion(self) -> None:
        for path in ("saml:Subject/saml:NameID", "saml:AttributeStatement/saml:Attribute/saml:AttributeValue"):
            client = browser()
            document = self.signed(self.begun(client))
            assertion_of(document).find(path, NS).text = "olivia@acme.example"
            self.assertRefused(client, self.post(client, document))

    def test_the_eight_signature_wrappings(self) -> None:
        for name, wrap in WRAPPINGS.items():
            with self.subTest(name):
                client = browser()
                document = self.signed(self.begun(client))
                if name in WRAPS_A_RESPONSE:
                    SIGNER.sign(document)
                self.assertRefused(client, self.post(client, wrap(document)))

    def test_a_comment_cuts_no_address_short(self) -> None:
        """`olivia@acme.example<!-- -->.evil.example`, signed, must not be read as Olivia's."""
        client = browser()
        said = self.begun(client)
        said.email = "olivia@acme.example<!-- -->.evil.example"
        answer = self.post(client, self.signed(said))
        self.assertEqual(answer.status_code, 403)
        self.assertNotSignedIn(client)

    def test_another_audience_or_recipient(self) -> None:
        self.refuse(audience="https://another.example/metadata")
        self.refuse(acs="http://testserver/sso/another/acs")
        self.refuse(acs=f"http://testserver/sso/{self.connection.key}/acs/finish")

    def test_another_issuer(self) -> None:
        self.refuse(issuer="https://evil.example/saml")

    def test_an_expired_assertion(self) -> None:
        self.refuse(minutes=-10)

    def test_a_response_that_nobody_has_asked_for(self) -> None:
        """The provider begins, and an attacker posts their own response in the victim's browser."""
        self.refuse(in_response_to=None)
        self.refuse(in_response_to="_another")

    def test_an_assertion_that_answers_no_request_in_a_response_that_claims_to(self) -> None:
        """The response around it is not signed: only what the assertion itself confirms counts."""
        self.refuse(confirmed_in_response_to=None)
        self.refuse(confirmed_in_response_to="_another")

    def test_the_answer_to_another_browsers_request(self) -> None:
        document = self.signed(self.begun(browser()))
        victim = browser()
        self.begun(victim)
        self.assertRefused(victim, self.post(victim, document))

    def test_a_replay(self) -> None:
        client = browser()
        document = self.signed(self.begun(client))
        self.post(client, document)
        self.assertIn("_auth_user_id", client.session)
        client.post("/sign-out")
        self.assertContains(self.post(client, document), "You are not signed in", status_code=401)
        self.assertNotSignedIn(client)

    def test_what_is_no_response(self) -> None:
        entity = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
        for message in ("", "%%%", "AAAA", encoded(etree.fromstring("<x/>")), entity.hex()):
            with self.subTest(message):
                client = browser()
                self.begun(client)
                self.assertRefused(client, self.post(client, message))

    def test_another_connections_response(self) -> None:
        client = browser()
        document = self.signed(self.begun(client))
        self.connection = self.connect(self.acme, self.olivia, self.saml(SIGNER))
        self.assertRefused(client, self.post(client, document))

    def test_by_get_nothing_happens(self) -> None:
        for address in ("acs", "acs/finish"):
            answer = browser().get(f"/sso/{self.connection.key}/{address}", {"SAMLResponse": "x"})
            self.assertEqual(answer.status_code, 405)
