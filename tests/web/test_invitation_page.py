"""From the link in the mail to a membership: with an account, or with a new one for the invited address alone."""

import datetime as dt
import logging
import re
from typing import Any
from unittest import mock

from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client, override_settings

from accounts.models import User
from audit.models import Event
from keyvault.actor import Role
from keyvault.flows.invitations.mails import send_invitation
from orgs.models import Invitation, Membership
from orgs.services.invitations import Invited, invite_person, resend_invitation, withdraw_invitation
from tests.api.scene import own_cache
from tests.cast import CastTestCase
from tests.clock import later
from tests.web.scene import PASSWORD, browser, page, quickly

PAGE = "/invitation"
ACCEPT, JOIN, DECLINE = f"{PAGE}/acceptance", f"{PAGE}/account", f"{PAGE}/refusal"
ACCOUNT = {"name": "Ina", "password1": PASSWORD, "password2": PASSWORD}


class InvitedCase(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.invited = self.invite()
        self.forget_events()

    def invite(self, email: str = "ina@guest.example", role: Role = Role.DEVELOPER) -> Invited:
        invited = invite_person(actor=self.actor(self.adam), org=self.acme, email=email, role=role)
        send_invitation(invited)
        return invited

    @property
    def link(self) -> str:
        found = re.search(r"http://[^/]+(/invitations/\S+)", str(mail.outbox[-1].body))
        assert found
        return found[1]

    def opened(self, user: User | None = None, **options: Any) -> Client:
        """A browser that has followed the link."""
        client = browser(user, **options)
        self.assertRedirects(client.get(self.link), PAGE, fetch_redirect_response=False)
        return client

    def ina(self) -> User:
        return User.objects.create_user(email="ina@guest.example", name="Ina", password=PASSWORD)

    def is_member(self) -> bool:
        return Membership.objects.filter(org=self.acme, user__email="ina@guest.example", ended_at=None).exists()


class MailTests(InvitedCase):
    def test_it_goes_to_the_address_and_says_who_where_and_until_when(self) -> None:
        (message,) = mail.outbox
        self.assertEqual((message.to, message.subject), (["ina@guest.example"], "KeyVault: Adam invites you to Acme"))
        self.assertIn("as developer", str(message.body))
        self.assertIn(self.invited.code, str(message.body))


class NewPersonTests(InvitedCase):
    def test_the_page_shows_the_invitation_and_following_the_link_uses_nothing_up(self) -> None:
        client = self.opened()
        for _ in range(2):
            shown = client.get(PAGE)
            for text in ("Join Acme", "adam@acme.example", "ina@guest.example", "Developer"):
                self.assertContains(shown, text)
        self.assertTrue(Invitation.objects.get().open)
        self.assertNoEvent()

    def test_one_post_makes_the_account_confirmed_and_a_member_and_signs_in(self) -> None:
        for mode in ("invite", "first"):
            with self.subTest(mode), override_settings(KEYVAULT_SIGNUP=mode, ACCOUNT_EMAIL_VERIFICATION="mandatory"):
                email = f"ina-{mode}@guest.example"
                self.invite(email)
                self.forget_events()
                client = self.opened()
                self.assertRedirects(client.post(JOIN, ACCOUNT), "/", fetch_redirect_response=False)
                user = User.objects.get(email=email)
                self.assertTrue(EmailAddress.objects.get(user=user, primary=True).verified)
                self.assertEqual(self.membership(user).role, Role.DEVELOPER)
                self.assertEvents("person:sign-up", "invitation:accept", "person:sign-in")
                self.assertContains(client.get("/account"), "Acme")

    def test_the_address_is_the_invitation_s_whatever_is_posted(self) -> None:
        self.opened().post(JOIN, {**ACCOUNT, "email": "mallory@evil.example"})
        self.assertTrue(self.is_member())
        self.assertFalse(EmailAddress.objects.exclude(email="ina@guest.example").exists())

    def test_a_weak_password_or_two_make_nothing(self) -> None:
        client = self.opened()
        for changes, field in (({"password1": "short"}, "password1"), ({"password2": "other"}, "password2")):
            with self.subTest(field):
                answer = client.post(JOIN, {**ACCOUNT, **changes})
                self.assertEqual((answer.status_code, next(iter(answer.context["form"].errors))), (422, field))
        self.assertFalse(User.objects.filter(email="ina@guest.example").exists())
        self.assertTrue(Invitation.objects.get().open)

    def test_without_the_link_there_is_nothing(self) -> None:
        for client in (browser(), browser(self.dev)):
            self.assertEqual(client.get(PAGE).status_code, 404)
            self.assertEqual(client.post(DECLINE).status_code, 404)
        self.assertEqual(browser().post(JOIN, ACCOUNT).status_code, 404)
        self.assertFalse(self.is_member())

    def test_by_then_there_is_an_account_so_nothing_is_made(self) -> None:
        client = self.opened()
        self.ina()
        self.assertEqual(client.post(JOIN, ACCOUNT).status_code, 409)
        self.assertFalse(self.is_member())


@quickly
class KnownPersonTests(InvitedCase):
    def test_the_link_leads_through_the_sign_in_and_back(self) -> None:
        EmailAddress.objects.create(user=self.ina(), email="ina@guest.example", verified=True, primary=True)
        client = self.opened()
        self.assertContains(client.get(PAGE), "/sign-in?next=/invitation")
        answer = client.post("/sign-in", {"login": "ina@guest.example", "password": PASSWORD, "next": PAGE})
        self.assertRedirects(answer, PAGE)
        self.forget_events()
        self.assertRedirects(client.post(ACCEPT), "/", fetch_redirect_response=False)
        self.assertTrue(self.is_member())
        self.assertEvents("invitation:accept")
        self.assertContains(client.get("/account"), "Acme")

    def test_signed_in_one_post_accepts_and_the_session_goes_there(self) -> None:
        user = self.ina()
        client = self.opened(user)
        client.post(ACCEPT)
        self.assertEqual(client.session["organization"], str(self.acme.pk))
        self.assertEqual(client.get(PAGE).status_code, 404)

    def test_a_second_use_is_not_found(self) -> None:
        client = self.opened(self.ina())
        other = self.opened()
        client.post(ACCEPT)
        for each in (self.opened(self.ina_again()), other):
            shown = each.get(PAGE)
            self.assertContains(shown, "has been accepted", status_code=404)
        self.assertEqual(other.post(JOIN, ACCOUNT).status_code, 409)

    def test_another_address_sees_nothing_and_accepts_nothing(self) -> None:
        client = self.opened(self.mallory)
        self.assertNotContains(client.get(PAGE), "Acme", status_code=403)
        self.assertContains(client.post(ACCEPT), "invitation-for-another-address", status_code=403)
        self.assertEqual(client.post(JOIN, ACCOUNT).status_code, 403)
        self.assertTrue(Invitation.objects.get().open)
        self.assertFalse(Membership.objects.filter(org=self.acme, user=self.mallory).exists())

    def test_a_session_of_another_organization_s_single_sign_on_does_not_reach_it(self) -> None:
        client = self.opened(self.ina())
        session = client.session
        session["sso_org"] = str(self.evil_corp.pk)
        session.save()
        self.assertContains(client.post(ACCEPT), "single-sign-on-elsewhere", status_code=403)
        self.assertFalse(self.is_member())

    def test_an_unsigned_browser_is_led_back_to_the_page(self) -> None:
        self.assertRedirects(self.opened().post(ACCEPT), PAGE, fetch_redirect_response=False)

    def test_a_form_of_another_site_is_refused(self) -> None:
        client = self.opened(self.ina(), enforce_csrf_checks=True)
        self.assertEqual([client.post(address).status_code for address in (ACCEPT, DECLINE)], [403, 403])
        self.assertTrue(Invitation.objects.get().open)

    def test_declining_takes_no_account(self) -> None:
        client = self.opened()
        self.assertRedirects(client.post(DECLINE), "/", fetch_redirect_response=False)
        self.assertEvents("invitation:decline")
        self.assertContains(self.opened().get(PAGE), "was declined", status_code=404)

    def ina_again(self) -> User:
        return User.objects.get(email="ina@guest.example")


class LeakTests(InvitedCase):
    """The code of the link is in the mail and nowhere else."""

    def test_a_browser_that_opened_the_old_link_does_not_hold_the_new_one(self) -> None:
        client = self.opened()
        with later(dt.timedelta(minutes=2)):
            again = resend_invitation(actor=self.actor(self.adam), invitation=self.invited.invitation)
        self.assertEqual(client.get(PAGE).status_code, 404)
        withdraw_invitation(actor=self.actor(self.adam), invitation=again.invitation)
        send_invitation(again)
        self.assertContains(self.opened().get(PAGE), "was withdrawn", status_code=404)

    def test_it_is_in_no_session_event_page_or_address_behind_the_link(self) -> None:
        code, client = self.invited.code, self.opened()
        answers = [client.get(PAGE), client.post(JOIN, {}), client.post(JOIN, ACCOUNT)]
        self.assertFalse([answer for answer in answers if code in answer.content.decode() + str(answer.headers)])
        self.assertNotIn(code, str(dict(client.session.items())))
        entries = [bytes(event.entry) for event in Event.objects.filter(org_id=self.acme.pk)]
        self.assertFalse([entry for entry in entries if code.encode() in entry])

    def test_the_link_s_answer_is_kept_by_nobody_and_sends_no_address_on(self) -> None:
        answer = browser().get(self.link)
        self.assertIn("no-store", answer["Cache-Control"])
        self.assertEqual(
            (answer.status_code, answer["Location"], answer["Referrer-Policy"]), (302, PAGE, "same-origin")
        )

    def test_no_method_and_no_code_gets_the_address_into_the_log(self) -> None:
        with mock.patch.object(logging.getLogger("django.request"), "disabled", False), self.assertNoLogs("django"):
            for method in ("get", "head", "post", "put", "delete", "options"):
                for address in (self.link, f"{self.link}x", "/invitations/a/b", "/invitations/%00"):
                    answer = getattr(browser(enforce_csrf_checks=True), method)(address)
                    self.assertEqual(answer.status_code, 302)

    def test_links_that_nobody_sent_are_in_the_log_of_the_installation(self) -> None:
        with own_cache():
            browser().get("/invitations/guessed")
        (event,) = self.assertEvents("invitation:open:denied")
        self.assertEqual((event.reason, event.actor_type), ("unknown-link", "anonymous"))
        self.assertEqual(page(self.opened().get(PAGE)).all("h1")[0], {})
