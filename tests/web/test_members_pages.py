"""Settings → Members: the list, changes, invitations, the end as a list of consequences, and its report."""

import datetime as dt
import json

from django.core import mail
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import User
from keyvault.actor import Role, TokenKind
from keyvault.errors import Unauthorized
from orgs.models import Invitation, Membership, Offboarding
from orgs.services.invitations import invite_person
from tests.accounts.factors import give_authenticator, give_password, verified
from tests.cast import ORIGIN, CastTestCase
from tests.web.scene import browser, page, quickly
from tokens.models import AccessToken
from tokens.services import authenticate, issue_token

MEMBERS = "/o/acme/members"
INVITE = f"{MEMBERS}/invite"
LEFT = f"{MEMBERS}/left"


@quickly
class PeopleCase(CastTestCase):
    def of(self, user: User, act: str = "") -> str:
        return f"{MEMBERS}/{self.membership(user).pk}{act}"

    def stepped_up(self, user: User) -> Client:
        client = verified(give_password(user), give_authenticator(user))
        self.forget_events()
        return client

    def signed_in(self, user: User) -> Client:
        client = browser(user)
        self.forget_events()
        return client


class ListTests(PeopleCase):
    def test_every_member_sees_who_is_here_and_nobody_else(self) -> None:
        for user in (self.olivia, self.vera):
            shown = self.signed_in(user).get(MEMBERS)
            for email in ("olivia@acme.example", "adam@acme.example", "dev@acme.example", "vera@acme.example"):
                self.assertContains(shown, email)
            self.assertNotContains(shown, "mallory@evil.example")
            self.assertEvents("member:list")

    def test_who_may_not_change_members_is_offered_nothing(self) -> None:
        invite_person(actor=self.actor(self.adam), org=self.acme, email="ina@guest.example", role=Role.VIEWER)
        for user, offered in ((self.adam, True), (self.dev, False)):
            shown = self.signed_in(user).get(MEMBERS).content.decode()
            for text in (INVITE, "/offboarding", LEFT, "ina@guest.example"):
                self.assertEqual(text in shown, offered, (user.name, text))

    def test_another_organization_s_members_do_not_exist(self) -> None:
        client = self.signed_in(self.mallory)
        for address in (self.of(self.dev), self.of(self.dev, "/offboarding")):
            answer = client.get(address)
            self.assertIn((answer.status_code, answer.get("Location", "")[:16]), [(404, ""), (302, "/account/step-up")])
        for act in ("role", "unit", "last-day", "succession"):
            self.assertEqual(client.post(self.of(self.dev, f"/{act}"), {"role": "viewer"}).status_code, 404)


class ChangeTests(PeopleCase):
    def test_role_unit_last_day_and_successor_are_changed_each_with_its_event(self) -> None:
        client, day = self.signed_in(self.adam), timezone.now().date() + dt.timedelta(days=30)
        posts = {
            "/role": {"role": "viewer"},
            "/unit": {"unit": "Payments"},
            "/last-day": {"ends_on": day.isoformat()},
            "/succession": {},
        }
        for act, typed in posts.items():
            self.assertRedirects(
                client.post(self.of(self.dev, act), typed), self.of(self.dev), fetch_redirect_response=False
            )
        self.assertEvents("member:role", "member:change", "member:change", "member:change")
        member = self.membership(self.dev)
        self.assertEqual((member.role, member.unit, member.ends_on, member.succeeds), ("viewer", "Payments", day, True))
        self.assertContains(client.get(self.of(self.dev)), day.isoformat())
        client.post(self.of(self.dev, "/succession"))
        self.assertFalse(self.membership(self.dev).succeeds)

    def test_what_the_service_refuses_is_said(self) -> None:
        client = self.signed_in(self.olivia)
        answer = client.post(self.of(self.olivia, "/role"), {"role": "admin"}, follow=True)
        self.assertContains(answer, "An organisation keeps one owner at least.")
        answer = client.post(self.of(self.dev, "/last-day"), {"ends_on": "2020-01-01"}, follow=True)
        self.assertContains(answer, "The last day is today or later")
        self.assertContains(client.post(self.of(self.dev, "/role"), {"role": "king"}, follow=True), "king")

    def test_an_admin_is_not_offered_the_role_of_owner_and_does_not_get_it(self) -> None:
        client = self.signed_in(self.adam)
        self.assertNotContains(client.get(self.of(self.dev)), 'value="owner"')
        client.post(self.of(self.dev, "/role"), {"role": "owner"})
        self.assertEqual(self.membership(self.dev).role, "developer")
        self.assertEqual(client.post(self.of(self.olivia, "/role"), {"role": "viewer"}).status_code, 403)

    def test_who_may_not_change_members_is_refused(self) -> None:
        client = self.signed_in(self.dev)
        for act, typed in (
            ("/role", {"role": "viewer"}),
            ("/unit", {"unit": "x"}),
            ("/last-day", {}),
            ("/succession", {}),
        ):
            self.assertContains(client.post(self.of(self.vera, act), typed), "role-forbids", status_code=403)

    def test_one_leaves_by_a_post(self) -> None:
        client = self.signed_in(self.vera)
        self.assertContains(client.get(f"{MEMBERS}/leave"), "Leave Acme")
        self.assertTrue(self.membership(self.vera).active)
        client.post(f"{MEMBERS}/leave")
        self.assertIsNotNone(Membership.objects.get(user=self.vera).ended_at)
        answer = self.signed_in(self.olivia).post(f"{MEMBERS}/leave", follow=True)
        self.assertContains(answer, "An organisation keeps one owner at least.")


class InviteTests(PeopleCase):
    typed = {"email": "ina@guest.example", "role": "developer", "unit": "", "ends_on": ""}

    def test_a_post_sends_the_mail_and_lists_the_invitation(self) -> None:
        client = self.signed_in(self.adam)
        self.assertContains(client.get(INVITE), "Send invitation")
        answer = client.post(INVITE, self.typed, follow=True)
        self.assertContains(answer, "ina@guest.example has an invitation by mail")
        self.assertEqual(mail.outbox[0].to, ["ina@guest.example"])
        self.assertEventsInclude("invitation:create")
        self.assertContains(client.get(MEMBERS), "Withdraw")

    def test_mistakes_are_said_at_their_field(self) -> None:
        client = self.signed_in(self.adam)
        for changes, field in (
            ({"email": "dev@acme.example"}, "email"),
            ({"email": "x"}, "email"),
            ({"role": "owner"}, "role"),
            ({"ends_on": "2020-01-01"}, "ends_on"),
        ):
            answer = client.post(INVITE, {**self.typed, **changes})
            self.assertEqual((answer.status_code, [*answer.context["form"].errors]), (422, [field]))
        self.assertFalse(mail.outbox)
        self.assertFalse(Invitation.objects.exists())

    def test_sent_again_and_withdrawn(self) -> None:
        client = self.signed_in(self.adam)
        client.post(INVITE, self.typed)
        address = f"{MEMBERS}/invitations/{Invitation.objects.get().pk}"
        self.assertContains(client.post(f"{address}/resending", follow=True), "Wait a minute.")
        Invitation.objects.update(sent_at=timezone.now() - dt.timedelta(minutes=2))
        self.assertContains(client.post(f"{address}/resending", follow=True), "has an invitation by mail")
        self.assertEqual(len(mail.outbox), 2)
        self.assertNotEqual(mail.outbox[0].body, mail.outbox[1].body)
        self.assertContains(client.post(f"{address}/withdrawal", follow=True), "is withdrawn")
        self.assertNotContains(client.get(MEMBERS), "Withdraw")
        self.assertEqual(client.post(f"{address}/resending").status_code, 404)

    def test_who_may_not_invite_is_refused_and_an_outsider_finds_nothing(self) -> None:
        made = invite_person(actor=self.actor(self.adam), org=self.acme, email="i@guest.example", role=Role.VIEWER)
        client = self.signed_in(self.dev)
        self.assertEqual([client.get(INVITE).status_code, client.post(INVITE, self.typed).status_code], [403, 403])
        address = f"{MEMBERS}/invitations/{made.invitation.pk}"
        for user, status in ((self.dev, 403), (self.mallory, 404)):
            for act in ("resending", "withdrawal"):
                self.assertEqual(self.signed_in(user).post(f"{address}/{act}").status_code, status)
        self.assertTrue(Invitation.objects.get().open)

    @override_settings(EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_PORT=1)
    def test_a_mail_server_that_is_away_is_told_and_the_invitation_stays(self) -> None:
        answer = self.signed_in(self.adam).post(INVITE, self.typed, follow=True)
        self.assertContains(answer, "Send it again later")
        self.assertTrue(Invitation.objects.get().open)


class OffboardTests(PeopleCase):
    def setUp(self) -> None:
        super().setUp()
        issued = issue_token(
            actor=self.actor(self.dev),
            kind=TokenKind.PERSON,
            name="Dev's laptop",
            verbs=["list"],
            lifetime=dt.timedelta(days=1),
        )
        self.value = issued.value or ""

    def test_it_takes_a_second_factor_shown_just_now(self) -> None:
        client = self.signed_in(self.olivia)
        for answer in (client.get(self.of(self.dev, "/offboarding")), client.post(self.of(self.dev, "/offboarding"))):
            self.assertTrue(answer["Location"].startswith("/account/step-up"))
        self.assertTrue(self.membership(self.dev).active)

    def test_the_consequences_come_first_and_one_post_does_them_all(self) -> None:
        client, address = self.stepped_up(self.olivia), self.of(self.dev, "/offboarding")
        shown = client.get(address)
        self.assertContains(shown, "1 personal token revoked")
        self.assertContains(shown, "Dev&#x27;s laptop")
        self.assertContains(shown, "Proposed successor: Olivia")
        self.assertEvents("offboarding:preview")
        heir = str(self.membership(self.vera).pk)
        answer = client.post(address, {"successor": heir, "reason": "moved on", "due_on": ""})
        self.assertRedirects(answer, LEFT)
        self.assertEventsInclude("token:revoke", "member:remove")
        with self.assertRaises(Unauthorized):
            authenticate(self.value, origin=ORIGIN)
        self.assertContains(client.get(LEFT), "dev@acme.example")

    def test_an_open_session_of_the_leaver_is_over_at_its_next_request(self) -> None:
        leaver, client = browser(self.dev), self.stepped_up(self.olivia)
        self.assertEqual(leaver.get(MEMBERS).status_code, 200)
        client.post(self.of(self.dev, "/offboarding"), {})
        self.assertEqual(leaver.get(MEMBERS).status_code, 401)

    def test_it_can_be_planned_and_called_off(self) -> None:
        client, day = self.stepped_up(self.adam), timezone.now().date() + dt.timedelta(days=3)
        client.post(self.of(self.dev, "/offboarding"), {"due_on": day.isoformat()})
        planned = Offboarding.objects.get()
        self.assertEqual(planned.due_at.date(), day + dt.timedelta(days=1))
        self.assertTrue(self.membership(self.dev).active)
        self.assertContains(client.get(self.of(self.dev, "/offboarding")), "This end is planned for")
        self.assertContains(client.post(f"{LEFT}/{planned.pk}/withdrawal", follow=True), "is called off")
        self.assertContains(client.get(f"{LEFT}/{planned.pk}"), "No report yet")

    def test_the_last_owner_is_told_why_not(self) -> None:
        shown = self.stepped_up(self.olivia).get(self.of(self.olivia, "/offboarding"))
        self.assertContains(shown, "An organisation keeps one owner at least.")
        self.assertNotContains(shown, "danger-fill")

    def test_mistakes_are_said_and_end_nothing(self) -> None:
        client, address = self.stepped_up(self.olivia), self.of(self.dev, "/offboarding")
        for typed in (
            {"due_on": "2020-01-01"},
            {"due_on": "2099-01-01"},
            {"successor": str(self.membership(self.mallory).pk)},
        ):
            self.assertEqual(client.post(address, typed).status_code, 422)
        self.assertEqual(AccessToken.objects.get(name="Dev's laptop").state, "active")

    def test_who_may_not_is_refused(self) -> None:
        client = self.stepped_up(self.vera)
        self.assertEqual(client.get(self.of(self.dev, "/offboarding")).status_code, 403)
        self.assertEqual(client.post(self.of(self.dev, "/offboarding"), {}).status_code, 403)
        self.assertEqual(client.get(LEFT).status_code, 403)
        self.assertTrue(self.membership(self.dev).active)


class ReportTests(PeopleCase):
    def test_it_is_shown_with_its_signature_and_downloaded(self) -> None:
        client = self.stepped_up(self.olivia)
        client.post(self.of(self.dev, "/offboarding"), {"reason": "moved on"})
        done = Offboarding.objects.get()
        self.forget_events()
        shown = client.get(f"{LEFT}/{done.pk}")
        for text in ("moved on", "dev@acme.example", "as it was signed"):
            self.assertContains(shown, text)
        answer = client.get(f"{LEFT}/{done.pk}/report.json")
        told = json.loads(answer.content)
        self.assertIn(bytes(done.report or b""), answer.content)
        self.assertEqual(told["report"]["person"]["email"], "dev@acme.example")
        self.assertEqual(told["signature"]["mac"], bytes(done.mac or b"").hex())
        self.assertIn("attachment", answer["Content-Disposition"])
        self.assertEvents("offboarding:list", "offboarding:list")
        Offboarding.objects.update(report=bytes(done.report or b"").replace(b"moved on", b"was fired"))
        self.assertContains(client.get(f"{LEFT}/{done.pk}"), "does not fit")

    def test_nobody_else_sees_it(self) -> None:
        self.stepped_up(self.olivia).post(self.of(self.dev, "/offboarding"), {})
        done = Offboarding.objects.get()
        for user, status in ((self.vera, 403), (self.mallory, 404)):
            for address in (f"{LEFT}/{done.pk}", f"{LEFT}/{done.pk}/report.json"):
                self.assertEqual(self.signed_in(user).get(address).status_code, status)
        self.assertEqual(self.signed_in(self.vera).post(f"{LEFT}/{done.pk}/withdrawal").status_code, 403)


class FormTests(PeopleCase):
    def test_every_page_has_one_heading_and_no_inline_code(self) -> None:
        client = self.stepped_up(self.olivia)
        for address in (
            MEMBERS,
            INVITE,
            LEFT,
            f"{MEMBERS}/leave",
            self.of(self.dev),
            self.of(self.dev, "/offboarding"),
        ):
            shown = page(client.get(address))
            self.assertEqual(len(shown.all("h1")), 1, address)
            self.assertFalse([tag for tag, attributes in shown.tags if tag == "style" or "style" in attributes])

    def test_a_form_of_another_site_is_refused(self) -> None:
        client = browser(self.olivia, enforce_csrf_checks=True)
        posts = [INVITE, f"{MEMBERS}/leave", *(self.of(self.dev, act) for act in ("/role", "/unit", "/offboarding"))]
        self.assertEqual({client.post(address).status_code for address in posts}, {403})


class SessionsTests(PeopleCase):
    END = "/sessions/end"

    def test_an_admin_ends_them_on_the_member_s_page(self) -> None:
        theirs, client = browser(self.dev), self.stepped_up(self.adam)
        self.assertContains(client.get(self.of(self.dev)), "1 open session of Dev reaches Acme.")
        self.forget_events()
        self.assertRedirects(client.post(self.of(self.dev, self.END)), self.of(self.dev), fetch_redirect_response=False)
        self.assertEvents("session:end", "member:end-sessions")
        self.assertEqual(theirs.get("/account").status_code, 401)
        self.assertContains(client.get(self.of(self.dev)), "no open session that reaches Acme")

    def test_it_asks_for_the_second_factor_and_leads_back_to_the_page(self) -> None:
        theirs, client = browser(self.dev), self.signed_in(self.adam)
        referer = f"http://testserver{self.of(self.dev)}"
        answer = client.post(self.of(self.dev, self.END), headers={"referer": referer})
        self.assertTrue(answer["Location"].startswith("/account/step-up?next=%2Fo%2Facme%2Fmembers%2F"), answer)
        self.assertEqual(theirs.get("/account").status_code, 200)
        self.assertNoEvent()

    def test_who_may_not_is_not_offered_it(self) -> None:
        for user, of in ((self.adam, self.olivia), (self.adam, self.adam), (self.dev, self.vera)):
            shown = self.signed_in(user).get(self.of(of)).content.decode()
            self.assertNotIn(self.END, shown, (user.name, of.name))
        self.assertIn(self.END, self.signed_in(self.olivia).get(self.of(self.adam)).content.decode())
