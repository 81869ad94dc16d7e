"""Owners and admins end the sessions of a member that reach their organization, and none that does not."""

from django.test import Client

from accounts.models import BrowserSession, User
from keyvault.actor import Role
from keyvault.errors import NotAllowed, NotFound
from keyvault.flows.browser_sessions import SSO_ORG
from keyvault.flows.member_sessions import end_members_sessions, sessions_reaching
from orgs.models import Organization
from orgs.services.members import add_member
from tests.cast import CastTestCase
from tests.web.scene import browser


class MembersSessionsTests(CastTestCase):
    def ends(self, actor: User, of: User) -> int:
        return end_members_sessions(actor=self.actor(actor, stepped_up=True), membership=self.membership(of, self.acme))

    def joins_evil_corp(self, user: User) -> None:
        add_member(actor=self.actor(self.mallory), org=self.evil_corp, person=user, role=Role.VIEWER)
        self.forget_events()

    def bound(self, user: User, org: Organization) -> Client:
        """A session as single sign-on of that organization opens it."""
        client = browser(user)
        session = client.session
        session[SSO_ORG] = str(org.pk)
        session.save()
        newest = BrowserSession.objects.filter(user=user).latest("began_at", "id")
        BrowserSession.objects.filter(pk=newest.pk).update(sso_org=org.pk)
        return client

    def test_an_admin_ends_all_of_a_member_and_each_end_is_an_event(self) -> None:
        clients, others = [browser(self.dev) for _ in range(2)], browser(self.vera)
        self.forget_events()
        self.assertEqual(self.ends(self.adam, self.dev), 2)
        *ends, parent = self.assertEvents("session:end", "session:end", "member:end-sessions")
        self.assertEqual({(each.actor_id, each.reason) for each in ends}, {(self.adam.pk, "ended-by-others")})
        self.assertEqual({event.document["about"]["name"] for event in (*ends, parent)}, {self.dev.email})
        self.assertEqual(parent.document["details"], {"sessions": 2})
        self.assertEqual([client.get("/account").status_code for client in clients], [401, 401])
        self.assertEqual(others.get("/account").status_code, 200)

    def test_not_without_a_second_factor_shown_just_now(self) -> None:
        client = browser(self.dev)
        self.forget_events()
        with self.assertRaises(NotAllowed):
            end_members_sessions(actor=self.actor(self.adam), membership=self.membership(self.dev))
        self.assertEvents("member:end-sessions:denied")
        self.assertEqual(client.get("/account").status_code, 200)

    def test_nobody_below_an_admin_does_and_nobody_outside(self) -> None:
        client = browser(self.adam)
        self.forget_events()
        for user in (self.dev, self.vera):
            with self.subTest(user.email), self.assertRaises(NotAllowed):
                self.ends(user, self.adam)
        self.assertEvents("member:end-sessions:denied", "member:end-sessions:denied")
        with self.assertRaises(NotFound):
            end_members_sessions(actor=self.actor(self.mallory, stepped_up=True), membership=self.membership(self.adam))
        self.assertNoEvent()
        self.assertEqual(client.get("/account").status_code, 200)

    def test_an_admin_ends_no_owners(self) -> None:
        client = browser(self.olivia)
        self.forget_events()
        with self.assertRaises(NotAllowed):
            self.ends(self.adam, self.olivia)
        self.assertEvents("member:end-sessions:denied")
        self.assertEqual(client.get("/account").status_code, 200)

    def test_an_owner_does(self) -> None:
        client = browser(self.adam)
        self.assertEqual(self.ends(self.olivia, self.adam), 1)
        self.assertEqual(client.get("/account").status_code, 401)

    def test_those_of_another_organizations_sign_on_stay_and_the_others_are_told_there_too(self) -> None:
        self.joins_evil_corp(self.dev)
        ours, theirs, both = self.bound(self.dev, self.acme), self.bound(self.dev, self.evil_corp), browser(self.dev)
        self.forget_events()
        self.assertEqual(self.ends(self.adam, self.dev), 2)
        events = self.events()
        self.assertEqual({each.action for each in events}, {"session:end", "member:end-sessions"})
        self.assertEqual(sum(each.org_id == self.evil_corp.pk for each in events), 1)
        self.assertEqual([client.get("/account").status_code for client in (ours, theirs, both)], [401, 200, 401])

    def test_where_sign_on_is_enforced_a_session_by_password_does_not_reach(self) -> None:
        browser(self.dev)
        self.bound(self.dev, self.acme)
        Organization.objects.filter(pk=self.acme.pk).update(sso_enforced=True)
        self.assertEqual(sessions_reaching(self.membership(self.dev)).count(), 1)
        Organization.objects.filter(pk=self.acme.pk).update(sso_enforced=False)
        self.assertEqual(sessions_reaching(self.membership(self.dev)).count(), 2)

    def test_none_is_none(self) -> None:
        self.assertEqual(self.ends(self.adam, self.dev), 0)
        self.assertEvents("member:end-sessions")
