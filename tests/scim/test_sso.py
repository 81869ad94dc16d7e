"""The directory and single sign-on of one organization: what the one ended, the other does not bring back."""

import json

from django.test import Client

from accounts.models import User
from orgs.models import Membership
from orgs.services.scim_tokens import issue_scim_token
from tests.scim.scene import BASE, PATCH, person
from tests.sso.scene import NINA, SsoTestCase
from tests.web.scene import browser


class SingleSignOnTests(SsoTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.token = issue_scim_token(actor=self.actor(self.olivia, stepped_up=True), org=self.acme, name="Okta").value

    def scim(self, method: str, path: str, body: object) -> int:
        headers = {"Authorization": f"Bearer {self.token}"}
        sent = Client().generic(method, f"{BASE}{path}", json.dumps(body), "application/scim+json", headers=headers)
        return sent.status_code

    def test_threat_leaver_whom_the_directory_ended_does_not_come_back_by_signing_in(self) -> None:
        self.assertEqual(self.scim("POST", "/Users", person("nina")), 201)
        nina, client = User.objects.get(email="nina@acme.example"), browser()
        self.sign_in(NINA, client)
        self.assertSignedIn(client, nina)
        self.assertEqual(client.get("/o/acme/tokens").status_code, 200)
        off = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": False}]}
        self.assertEqual(self.scim("PATCH", f"/Users/{nina.pk}", off), 200)
        self.assertNotEqual(client.get("/o/acme/tokens").status_code, 200)
        again = browser()
        self.assertContains(self.sign_in(NINA, again), "has ended", status_code=403)
        self.assertNotSignedIn(again)
        self.assertFalse(Membership.objects.filter(user=nina, ended_at=None).exists())

    def test_nor_does_somebody_come_in_whom_it_created_inactive(self) -> None:
        self.scim("POST", "/Users", person("nina", active=False))
        client = browser()
        self.sign_in(NINA, client)
        self.assertNotSignedIn(client)
