"""Users: found as one types, by role and status; what a person is and did; closing and opening an account."""

import datetime as dt

from django.utils import timezone

from accounts.models import User
from accounts.services.platform_roles import set_platform_roles
from keyvault.actor import PlatformRole, Role, system
from orgs.models import Invitation, Membership
from orgs.services.members import add_member
from tests.admin.scene import PEOPLE, desk, make_operator
from tests.tokens.scene import TokenTestCase
from tests.web.scene import browser, page
from tokens.last_use import flush
from tokens.services import authenticate


class PeopleTests(TokenTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.root = make_operator(PlatformRole.SUPER_ADMIN)
        self.desk = desk(self.root)
        self.forget_events()

    def found(self, **asked: str) -> set[str]:
        answer = self.desk.get(PEOPLE, asked)
        self.assertEqual(answer.status_code, 200)
        return {user.email.partition("@")[0] for user in answer.context["cl"].result_list}

    def test_the_list_says_who_where_as_what_and_since_when(self) -> None:
        Membership.objects.filter(user=self.dev).update(unit="Payments")
        add_member(actor=self.actor(self.mallory), org=self.evil_corp, person=self.dev, role=Role.VIEWER)
        browser(self.dev)
        answer = self.desk.get(PEOPLE, {"q": "dev"})
        shown = "dev@acme.example", "developer in Acme, viewer in Evil Corp", "Payments", "Active", "Just now"
        for text in shown:
            self.assertContains(answer, text)
        self.assertContains(self.desk.get(PEOPLE, {"q": "vera"}), "Never")
        self.assertContains(self.desk.get(PEOPLE, {"q": "root"}), "Super admin")

    def test_search_is_by_name_and_email_in_part_and_in_any_case(self) -> None:
        self.assertEqual(self.found(q="OLIV"), {"olivia"})
        self.assertEqual(self.found(q="evil.example"), {"mallory"})
        self.assertEqual(self.found(q="acme"), {"olivia", "adam", "dev", "vera"})
        self.assertEqual(self.found(q="%"), set())

    def test_roles_and_status_filter(self) -> None:
        User.objects.filter(pk=self.vera.pk).update(is_active=False)
        self.assertEqual(self.found(role="org.owner"), {"olivia", "mallory"})
        self.assertEqual(self.found(role="org.developer", status="active"), {"dev"})
        self.assertEqual(self.found(role="platform.super_admin"), {"root"})
        self.assertEqual(self.found(role="platform.auditor"), set())
        self.assertEqual(self.found(status="inactive"), {"vera"})
        self.assertEqual(len(self.found(role="org.king", status="maybe")), 6)

    def test_an_empty_search_says_why_nobody_may_be_there(self) -> None:
        answer = self.desk.get(PEOPLE, {"q": "nobody@example.com"})
        self.assertContains(answer, "no record of a person before the first sign-in or an invitation")
        self.assertNotContains(self.desk.get(PEOPLE), "no record of a person")

    def test_no_column_can_be_guessed_through_the_address(self) -> None:
        for asked in ("password__startswith", "is_superuser", "email__regex", "groups__name", "id", "tokens__digest"):
            with self.subTest(asked):
                self.assertEqual(self.desk.get(PEOPLE, {asked: "argon2"}).status_code, 400)

    def test_a_detail_shows_memberships_and_is_an_event_in_each_organization(self) -> None:
        add_member(actor=self.actor(self.mallory), org=self.evil_corp, person=self.dev, role=Role.VIEWER)
        self.forget_events()
        answer = self.desk.get(f"{PEOPLE}{self.dev.pk}/")
        for text in ("Acme", "Evil Corp", "developer", "viewer", "Second factor"):
            self.assertContains(answer, text)
        events = self.assertEvents("operator:people", "operator:people")
        self.assertEqual({event.org_id for event in events}, {self.acme.pk, self.evil_corp.pk})
        self.assertEqual({event.document["about"]["name"] for event in events}, {self.dev.email})
        self.assertEqual({event.actor_id for event in events}, {self.root.pk})

    def test_activity_shows_acts_requests_and_numbers_and_nobody_else_s(self) -> None:
        browser(self.dev)
        issued = self.personal(self.dev)
        authenticate(issued.value or "", origin=self.actor(self.dev).origin)
        flush()
        self.personal(self.vera, "Vera's phone")
        answer = self.desk.get(f"{PEOPLE}{self.dev.pk}/activity")
        for text in ("person:sign-in", "token:issue-personal", "Active tokens", "Requests with them"):
            self.assertContains(answer, text)
        self.assertNotContains(answer, "Vera&#x27;s phone")
        self.assertContains(answer, "No request with a token.")
        numbers = dict(answer.context["detail"].facts[0].rows)
        self.assertEqual((numbers["Active tokens"], numbers["Requests with them"]), (1, 1))

    def test_a_list_is_one_event_a_minute_and_says_nothing_of_what_was_typed(self) -> None:
        for typed in ("o", "ol", "oli"):
            self.desk.get(PEOPLE, {"q": typed})
        (event,) = self.assertEvents("operator:people")
        self.assertEqual(event.document["details"], {"by": ["q"], "list": True})

    def test_closing_an_account_ends_everything_and_opening_brings_nothing_back(self) -> None:
        issued, theirs = self.personal(self.dev), browser(self.dev)
        set_platform_roles(actor=system("test"), user=self.dev, roles=[PlatformRole.AUDITOR])
        address = f"{PEOPLE}{self.dev.pk}/"
        self.assertContains(self.desk.get(f"{address}deactivation"), "signed out everywhere")
        self.forget_events()
        self.assertRedirects(self.desk.post(f"{address}deactivation"), address)
        events = self.assertEventsInclude("token:revoke", "member:remove", "operator:roles", "person:deactivate")
        self.assertEqual({event.actor_id for event in events}, {self.root.pk})
        self.assertEqual(self.refused(issued).status, 401)
        self.assertNotEqual(theirs.get("/account").status_code, 200)
        self.assertContains(self.desk.get(address), "Inactive")
        self.desk.post(f"{address}reactivation")
        dev = User.objects.get(pk=self.dev.pk)
        self.assertEqual((dev.is_active, dev.is_staff, dev.groups.count()), (True, False, 0))
        self.assertFalse(Membership.objects.active().filter(user=dev).exists())

    def test_the_last_owner_and_the_last_super_admin_stay(self) -> None:
        sentences = {self.olivia: "keeps one owner at least", self.root: "keeps one super admin at least"}
        for user, sentence in sentences.items():
            with self.subTest(user.name):
                self.forget_events()
                answer = self.desk.post(f"{PEOPLE}{user.pk}/deactivation")
                self.assertContains(answer, sentence, status_code=409)
                self.assertEventsInclude("person:deactivate:error")
                self.assertTrue(User.objects.get(pk=user.pk).is_active)

    def test_an_operator_is_closed_by_super_admins_only(self) -> None:
        clerk = make_operator(PlatformRole.USER_ADMIN, email="clerk@platform.example")
        other = make_operator(PlatformRole.AUDITOR, email="other@platform.example")
        answer = desk(clerk).post(f"{PEOPLE}{other.pk}/deactivation")
        self.assertContains(answer, "No platform role of yours", status_code=403)
        self.assertTrue(User.objects.get(pk=other.pk).is_active)
        self.desk.post(f"{PEOPLE}{other.pk}/deactivation")
        self.assertFalse(User.objects.get(pk=other.pk).is_active)

    def test_acts_need_the_second_factor_of_the_last_five_minutes(self) -> None:
        clerk = make_operator(PlatformRole.SUPER_ADMIN, email="clerk@platform.example")
        late = desk(clerk, seconds_ago=301)
        for act in ("deactivation", "reactivation", "platform-roles"):
            answer = late.post(f"{PEOPLE}{self.dev.pk}/{act}", {"roles": ["auditor"]})
            self.assertEqual(answer.status_code, 302)
            self.assertTrue(answer.headers["Location"].startswith("/account/step-up"))
        dev = User.objects.get(pk=self.dev.pk)
        self.assertEqual((dev.is_active, dev.is_staff), (True, False))

    def test_roles_are_given_and_taken_on_the_person_s_page(self) -> None:
        address = f"{PEOPLE}{self.dev.pk}/platform-roles"
        self.desk.post(address, {"roles": ["auditor", "user_admin"]})
        checked = [box["value"] for box in page(self.desk.get(address)).all("input") if "checked" in box]
        self.assertEqual(checked, ["user_admin", "auditor"])
        self.assertEqual(self.desk.post(address, {"roles": ["king"]}).status_code, 422)
        self.desk.post(address, {})
        self.assertFalse(User.objects.get(pk=self.dev.pk).is_staff)

    def test_nobody_raises_their_own_roles_there(self) -> None:
        set_platform_roles(actor=system("test"), user=self.dev, roles=[PlatformRole.SUPER_ADMIN])
        answer = self.desk.post(f"{PEOPLE}{self.root.pk}/platform-roles", {"roles": ["super_admin", "auditor"]})
        self.assertContains(answer, "Nobody raises their own role.", status_code=403)

    def test_whoever_was_invited_is_told_beside_an_empty_search(self) -> None:
        Invitation.objects.create(
            org=self.acme,
            email="nina@example.com",
            role="developer",
            inviter=self.membership(self.olivia),
            digest=b"0" * 32,
            sent_at=timezone.now(),
            expires_at=timezone.now() + dt.timedelta(days=7),
        )
        self.assertContains(self.desk.get(PEOPLE, {"q": "nina@ex"}), "nina@example.com (developer in Acme, until")
        self.assertNotContains(self.desk.get(PEOPLE, {"q": "ni"}), "nina@example.com")
        self.assertNotContains(self.desk.get(PEOPLE, {"q": "olivia"}), "nina@example.com")
