"""Against an identity provider of pysaml2: it reads what we say of us, and we read what it says of people."""

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.models import User
from orgs.models import Connection, Membership
from orgs.sign_on.configurations import SamlConfiguration
from orgs.sign_on.metadata import read_metadata
from tests.sso.real.saml_provider import ENTITY_ID, SSO_URL, PySaml2Provider
from tests.sso.saml_far_side import Signer
from tests.sso.scene import SsoTestCase
from tests.web.scene import browser

pytestmark = pytest.mark.slow


class PySaml2Tests(SsoTestCase):
    def test_somebody_arrives(self) -> None:
        client = browser()
        target, answer = self.arrive(client, PySaml2Provider(Signer()))
        self.assertEqual(target, f"http://testserver/sso/{self.connection.key}/acs")
        self.assertRedirects(answer, "/", fetch_redirect_response=False)
        nina = User.objects.get(email="nina@acme.example")
        self.assertSignedIn(client, nina)
        self.assertEqual((nina.name, Membership.objects.get(user=nina).role), ("Nina", "admin"))

    def test_only_a_forced_sign_in_there_steps_up(self) -> None:
        client, provider = browser(), PySaml2Provider(Signer())
        self.arrive(client, provider)
        guarded = f"/o/acme/members/{self.membership(self.dev).pk}/offboarding"
        for forced, status in ((False, 403), (True, 302)):
            provider.signed_in_at = int(time.time()) - 600
            link = self.link_to_provider(client.post("/account/step-up/provider", {"next": guarded}))
            provider.heeds_force = forced
            answer = self.answer(client, provider, link)[1]
            self.assertEqual(answer.status_code, status, answer.content)
        self.assertEqual(client.get(guarded).status_code, 200)

    def arrive(self, client: Client, provider: PySaml2Provider) -> tuple[str, Any]:
        """Where the response went, and what we made of it."""
        read = read_metadata(provider.metadata())
        self.assertEqual((read.entity_id, read.sso_url), (ENTITY_ID, SSO_URL))
        Connection.objects.all().delete()
        configuration = SamlConfiguration(read.entity_id, read.sso_url, read.certificates)
        self.connection = self.connect(self.acme, self.olivia, configuration)
        Connection.objects.update(trust_unmarked_email=True)
        self.map("staff", "admin", claim="eduPersonAffiliation")
        provider.know(client.get(f"/sso/{self.connection.key}/metadata").content.decode())
        return self.answer(client, provider, self.begin(client))

    def answer(self, client: Client, provider: PySaml2Provider, url: str) -> tuple[str, Any]:
        asked = parse_qs(urlsplit(url).query)["SAMLRequest"][0]
        person = {
            "uid": "nina-1",
            "mail": ["nina@acme.example"],
            "displayName": ["Nina"],
            "eduPersonAffiliation": ["staff"],
        }
        target, message = provider.answer(asked, person)
        return target, client.post(f"/sso/{self.connection.key}/acs/finish", {"SAMLResponse": message})
