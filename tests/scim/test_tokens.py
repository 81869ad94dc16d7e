"""The directory's tokens: who makes and ends them, and that their value is nowhere."""

import datetime as dt
import io
from typing import Any

from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from keyvault.actor import Role
from keyvault.errors import Invalid, NotAllowed, NotFound
from orgs.models import ScimToken
from orgs.services.scim_tokens import actor_by, issue_scim_token, revoke_scim_token
from tests.accounts.factors import give_authenticator, give_password, verified
from tests.scim.scene import DirectoryTestCase
from tests.web.scene import browser, page, quickly

PAGE = "/o/acme/settings/provisioning"
NEW = f"{PAGE}/new"


class TokenTests(DirectoryTestCase):
    def test_an_owner_makes_one_and_the_log_says_so(self) -> None:
        issued = issue_scim_token(actor=self.actor(self.olivia, stepped_up=True), org=self.acme, name="Entra", days=90)
        [event] = self.assertEvents("scim-token:issue")
        self.assertEqual(event.document["details"]["display"], issued.token.display)
        self.assertNotIn(issued.value, repr(issued))
        self.assertLess(issued.token.expires_at - timezone.now(), dt.timedelta(days=90, seconds=1))

    def test_nobody_else_does_and_no_token(self) -> None:
        for user in (self.adam, self.dev, self.vera):
            with self.subTest(user.email), self.assertRaises(NotAllowed):
                issue_scim_token(actor=self.actor(user, stepped_up=True), org=self.acme, name="Mine")
        self.assertEvents(*["scim-token:issue:denied"] * 3)
        with self.assertRaises(NotFound):
            issue_scim_token(actor=self.actor(self.mallory, stepped_up=True), org=self.acme, name="Mine")
        scope = actor_by(ScimToken.objects.get(org=self.acme), self.actor(self.olivia).origin).token
        with self.assertRaises(NotAllowed):
            issue_scim_token(actor=self.actor(self.olivia, token=scope), org=self.acme, name="Mine")
        self.assertEqual(ScimToken.objects.filter(org=self.acme).count(), 1)

    def test_not_without_a_second_factor_shown_just_now(self) -> None:
        token = ScimToken.objects.get(org=self.acme)
        with self.assertRaises(NotAllowed):
            issue_scim_token(actor=self.actor(self.olivia), org=self.acme, name="Mine")
        with self.assertRaises(NotAllowed):
            revoke_scim_token(actor=self.actor(self.olivia), token=token)
        self.assertEqual(self.get("/Users").status_code, 200)

    def test_revoked_twice_the_first_stands(self) -> None:
        token = ScimToken.objects.get(org=self.acme)
        first = revoke_scim_token(actor=self.actor(self.olivia, stepped_up=True), token=token)
        self.assertEvents("scim-token:revoke")
        again = revoke_scim_token(actor=self.actor(self.olivia, stepped_up=True), token=token)
        self.assertEqual(first.revoked_at, again.revoked_at)
        self.assertNoEvent()
        self.assertError(self.get("/Users"), 401)

    def test_only_names_and_spans_that_make_sense(self) -> None:
        owner = self.actor(self.olivia, stepped_up=True)
        for facts in ({"name": ""}, {"name": "a\nb"}, {"name": "x", "days": 3650}):
            with self.subTest(str(facts)), self.assertRaises(Invalid):
                issue_scim_token(actor=owner, org=self.acme, **facts)

    def test_its_value_is_in_no_row_and_no_event(self) -> None:
        self.get("/Users")
        self.get("/Users", token=self.token[:-1] + "x")
        dumped = io.StringIO()
        call_command("dumpdata", "orgs", stdout=dumped)
        secret = self.token[15:]
        self.assertIn(self.token[7:15], dumped.getvalue())
        self.assertNotIn(secret, dumped.getvalue())
        self.assertFalse([event for event in Event.objects.all() if secret in bytes(event.entry).decode()])


@quickly
class PageTests(DirectoryTestCase):
    def stepped_up(self, user: User) -> Client:
        return verified(give_password(user), give_authenticator(user))

    def shown_once(self, client: Client) -> Any:
        return client.post(NEW, {"name": "Entra", "days": "365"})

    def test_an_owner_creates_one_that_is_shown_once_and_works(self) -> None:
        client = self.stepped_up(self.olivia)
        self.assertEqual(client.get(NEW).status_code, 200)
        response = self.shown_once(client)
        value = page(response).texts["token"]
        self.assertEqual(response.status_code, 201)
        self.assertEqual(response["Cache-Control"].count("no-store"), 1)
        self.assertEqual(self.get("/Users", token=value).status_code, 200)
        listed = client.get(PAGE).content.decode()
        self.assertIn("/scim/v2", listed)
        self.assertIn(f"{value[:15]}…", listed)
        self.assertNotIn(value, listed)

    def test_a_step_up_comes_first(self) -> None:
        client, token = browser(self.olivia), ScimToken.objects.get(org=self.acme)
        for address in (NEW, f"{PAGE}/{token.pk}/revocation"):
            for method in (client.get, client.post):
                with self.subTest(f"{method.__name__} {address}"):
                    response = method(address, {"name": "Entra", "days": "365"})
                    self.assertEqual(response.status_code, 302)
                    self.assertIn("step-up", response["Location"])
        self.assertEqual(ScimToken.objects.filter(org=self.acme, revoked_at=None).count(), 1)

    def test_what_is_wrong_is_said(self) -> None:
        client = self.stepped_up(self.olivia)
        for typed in ({"name": "", "days": "365"}, {"name": "Entra", "days": "7"}, {"name": "a\x07b", "days": "90"}):
            self.assertEqual(client.post(NEW, typed).status_code, 422)

    def test_an_owner_revokes(self) -> None:
        client, token = self.stepped_up(self.olivia), ScimToken.objects.get(org=self.acme)
        self.assertEqual(client.get(f"{PAGE}/{token.pk}/revocation").status_code, 200)
        self.assertEqual(self.get("/Users").status_code, 200)
        self.assertRedirects(client.post(f"{PAGE}/{token.pk}/revocation"), PAGE)
        self.assertError(self.get("/Users"), 401)
        self.assertIn("Revoked and expired", client.get(PAGE).content.decode())

    def test_an_admin_looks_and_others_do_not(self) -> None:
        self.assertNotIn(NEW, browser(self.adam).get(PAGE).content.decode())
        self.assertEqual(self.stepped_up(self.adam).post(NEW, {"name": "x", "days": "90"}).status_code, 403)
        for user in (self.dev, self.vera):
            response = browser(user).get(PAGE)
            self.assertEqual(response.status_code, 403)
            self.assertNotIn(f'href="{PAGE}"', browser(user).get("/o/acme/tokens").content.decode())
        self.assertEqual(Role(self.membership(self.adam).role), Role.ADMIN)

    def test_another_organization_s_is_not_there(self) -> None:
        token = ScimToken.objects.get(org=self.evil_corp)
        client = self.stepped_up(self.olivia)
        for method in (client.get, client.post):
            self.assertEqual(method(f"{PAGE}/{token.pk}/revocation").status_code, 404)
        self.assertEqual(self.get("/Users", token=self.evil_token).status_code, 200)

    def test_the_page_says_what_each_group_does_and_applies_new_mappings(self) -> None:
        nora = self.provisioned("nora")
        self.group("kv-devs", nora)
        self.role_mapping(self.connection(), "kv-devs", Role.DEVELOPER)
        client = self.stepped_up(self.olivia)
        shown = client.get(PAGE).content.decode()
        self.assertIn("kv-devs", shown)
        self.assertIn("Developer", shown)
        self.assertEqual(self.membership(nora).role, Role.VIEWER)
        self.forget_events()
        self.assertRedirects(client.post(f"{PAGE}/mappings"), PAGE, fetch_redirect_response=False)
        [event] = self.assertEvents("member:role")
        self.assertEqual(event.document["actor"]["name"], "olivia@acme.example")
        self.assertEqual(self.membership(nora).role, Role.DEVELOPER)

    def test_only_who_maps_applies_mappings(self) -> None:
        self.assertEqual(self.stepped_up(self.adam).post(f"{PAGE}/mappings").status_code, 403)
        self.assertIn("step-up", browser(self.olivia).post(f"{PAGE}/mappings")["Location"])
