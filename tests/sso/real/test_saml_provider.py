"""Against an identity provider of pysaml2: it reads what we say of us, and we read what it says of people."""

from urllib.parse import parse_qs, urlsplit

import pytest

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
        provider = PySaml2Provider(Signer())
        read = read_metadata(provider.metadata())
        self.assertEqual((read.entity_id, read.sso_url), (ENTITY_ID, SSO_URL))
        Connection.objects.all().delete()
        configuration = SamlConfiguration(read.entity_id, read.sso_url, read.certificates)
        self.connection = self.connect(self.acme, self.olivia, configuration)
        Connection.objects.update(trust_unmarked_email=True)
        self.map("staff", "developer", claim="eduPersonAffiliation")
        client = browser()
        provider.know(client.get(f"/sso/{self.connection.key}/metadata").content.decode())
        asked = parse_qs(urlsplit(self.begin(client)).query)["SAMLRequest"][0]
        person = {
            "uid": "nina-1",
            "mail": ["nina@acme.example"],
            "displayName": ["Nina"],
            "eduPersonAffiliation": ["staff"],
        }
        target, message = provider.answer(asked, person)
        self.assertEqual(target, f"http://testserver/sso/{self.connection.key}/acs")
        answer = client.post(f"/sso/{self.connection.key}/acs/finish", {"SAMLResponse": message})
        self.assertRedirects(answer, "/", fetch_redirect_response=False)
        nina = User.objects.get(email="nina@acme.example")
        self.assertSignedIn(client, nina)
        self.assertEqual((nina.name, Membership.objects.get(user=nina).role), ("Nina", "developer"))
