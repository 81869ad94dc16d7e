"""Sessions: kept by digest, ended at once, each end an event of the organizations that it reached."""

from django.contrib.sessions.models import Session
from django.test import Client, override_settings

from accounts.models import BrowserSession
from accounts.services.sessions import cause_of_end, end_session, end_sessions, forget_old_sessions, sessions_of
from keyvault.actor import Role, system
from keyvault.flows.offboarding import offboard_member
from orgs.services.members import add_member
from tests.cast import CastTestCase
from tests.tokens.scene import DAY, later
from tests.web.scene import PASSWORD, browser, quickly

HOME = "/account"


def row_of(client: Client) -> BrowserSession:
    """Of the browser's newest session."""
    return BrowserSession.objects.latest("began_at", "id")


class SessionTests(CastTestCase):
    def test_a_sign_in_begins_a_session_that_the_list_shows(self) -> None:
        browser(self.dev, headers={"user-agent": "Firefox"})
        [session] = sessions_of(self.dev)
        self.assertIsNone(session.ended_at)
        self.assertEqual(session.began_at, session.seen_at)
        self.assertFalse(sessions_of(self.vera).exists())

    def test_no_table_holds_what_the_cookie_says(self) -> None:
        client = browser(self.dev)
        key = client.cookies["keyvault"].value
        self.assertFalse(Session.objects.filter(session_key=key).exists())
        self.assertFalse(BrowserSession.objects.filter(key=key).exists())
        self.assertEqual(client.get(HOME).status_code, 200)
        stolen = Client()
        stolen.cookies["keyvault"] = Session.objects.get().session_key
        self.assertEqual(stolen.get(HOME).status_code, 302)

    def test_an_ended_session_is_signed_out_at_its_next_request_and_no_other(self) -> None:
        first, second = browser(self.dev), browser(self.dev)
        newest = row_of(second)
        self.forget_events()
        self.assertTrue(end_session(actor=self.actor(self.dev), session=newest))
        [event] = self.assertEvents("session:end")
        self.assertEqual((event.org_id, event.reason), (self.acme.pk, "ended-by-hand"))
        self.assertEqual(event.document["about"]["name"], self.dev.email)
        self.assertEqual(event.document["details"]["session"], str(newest.pk))
        self.assertNotEqual(second.get(HOME).status_code, 200)
        self.assertEqual(first.get(HOME).status_code, 200)

    def test_it_ends_once(self) -> None:
        session = row_of(browser(self.dev))
        self.assertTrue(end_session(actor=self.actor(self.dev), session=session))
        self.forget_events()
        self.assertFalse(end_session(actor=self.actor(self.dev), session=session))
        self.assertNoEvent()

    def test_all_end_but_the_one_that_is_kept(self) -> None:
        kept, others = browser(self.dev), [browser(self.dev) for _ in range(2)]
        self.forget_events()
        ended = end_sessions(
            actor=self.actor(self.dev), user=self.dev, keep=kept.session.session_key, cause="ended-by-hand"
        )
        self.assertEqual(ended, 2)
        self.assertEvents("session:end", "session:end")
        self.assertEqual(kept.get(HOME).status_code, 200)
        self.assertTrue(all(client.get(HOME).status_code != 200 for client in others))

    def test_each_organization_of_the_person_hears_of_the_end(self) -> None:
        add_member(actor=self.actor(self.mallory), org=self.evil_corp, person=self.dev, role=Role.VIEWER)
        session = row_of(browser(self.dev))
        self.forget_events()
        end_session(actor=self.actor(self.dev, org=self.acme), session=session)
        events = self.assertEvents("session:end", "session:end")
        self.assertEqual([event.org_id for event in events], [self.acme.pk, self.evil_corp.pk])

    def test_a_session_of_single_sign_on_is_that_organizations_alone(self) -> None:
        add_member(actor=self.actor(self.mallory), org=self.evil_corp, person=self.dev, role=Role.VIEWER)
        session = row_of(browser(self.dev))
        BrowserSession.objects.filter(pk=session.pk).update(sso_org=self.evil_corp.pk)
        self.forget_events()
        end_session(actor=self.actor(self.dev, org=self.acme), session=session)
        [event] = self.assertEvents("session:end")
        self.assertEqual(event.org_id, self.evil_corp.pk)


class LeaverTests(CastTestCase):
    def test_a_live_session_of_a_leaver_is_refused_at_its_next_request(self) -> None:
        client = browser(self.dev)
        self.assertEqual(client.get(HOME).status_code, 200)
        owner = self.actor(self.olivia, stepped_up=True)
        offboard_member(actor=owner, membership=self.membership(self.dev))
        self.assertContains(client.get(HOME), "no longer reaches the organisation", status_code=401)

    def test_of_a_closed_account_too(self) -> None:
        client = browser(self.dev)
        end_sessions(actor=system("tests"), user=self.dev)
        self.assertContains(client.get(HOME), "Somebody who looks after accounts", status_code=401)


class OneOrganizationTests(CastTestCase):
    """What ends when one organization lets somebody go."""

    def test_who_is_a_member_nowhere_else_loses_every_session(self) -> None:
        client = browser(self.dev)
        self.forget_events()
        self.assertEqual(end_sessions(actor=self.actor(self.olivia), user=self.dev, org=self.acme), 1)
        [event] = self.assertEvents("session:end")
        self.assertEqual((event.org_id, event.reason, event.actor_id), (self.acme.pk, "offboarded", self.olivia.pk))
        self.assertNotEqual(client.get(HOME).status_code, 200)

    def test_who_is_a_member_elsewhere_keeps_what_reaches_there(self) -> None:
        add_member(actor=self.actor(self.mallory), org=self.evil_corp, person=self.dev, role=Role.VIEWER)
        ordinary, by_sso = browser(self.dev), browser(self.dev)
        BrowserSession.objects.filter(pk=row_of(by_sso).pk).update(sso_org=self.acme.pk)
        self.forget_events()
        self.assertEqual(end_sessions(actor=self.actor(self.olivia), user=self.dev, org=self.acme), 1)
        [event] = self.assertEvents("session:end")
        self.assertEqual(event.org_id, self.acme.pk)
        self.assertEqual(ordinary.get(HOME).status_code, 200)
        self.assertNotEqual(by_sso.get(HOME).status_code, 200)


@quickly
@override_settings(ACCOUNT_EMAIL_VERIFICATION="optional")
class KeyTests(CastTestCase):
    def test_a_new_key_is_the_same_session(self) -> None:
        client = browser(self.dev)
        session, before = client.session, row_of(client)
        old = session.session_key
        session.cycle_key()
        session.save()
        after = row_of(client)
        self.assertEqual(before.pk, after.pk)
        self.assertNotEqual(before.key, after.key)
        self.assertIsNone(after.ended_at)
        client.cookies["keyvault"] = session.session_key or ""
        self.assertEqual(client.get(HOME).status_code, 200)
        client.cookies["keyvault"] = old or ""
        self.assertNotEqual(client.get(HOME).status_code, 200)

    def test_a_key_that_somebody_else_has_chosen_never_becomes_a_session(self) -> None:
        chosen, client = "f" * 32, browser()
        client.cookies["keyvault"] = chosen
        self.dev.set_password(PASSWORD)
        self.dev.save()
        client.post("/sign-in", {"login": self.dev.email, "password": PASSWORD})
        self.assertNotEqual(client.cookies["keyvault"].value, chosen)
        self.assertEqual(client.get(HOME).status_code, 200)
        attacker = Client()
        attacker.cookies["keyvault"] = chosen
        self.assertEqual(attacker.get(HOME).status_code, 302)

    def test_signing_out_closes_the_row_without_an_event_of_its_own(self) -> None:
        client = browser(self.dev)
        key = client.session.session_key or ""
        self.forget_events()
        client.post("/sign-out")
        self.assertEvents("person:sign-out")
        self.assertEqual(cause_of_end(key), "signed-out")
        self.assertFalse(sessions_of(self.dev).exists())

    def test_who_signs_in_over_somebody_else_gets_a_session_of_their_own(self) -> None:
        client = browser(self.dev)
        first = row_of(client)
        client.force_login(self.vera)
        first.refresh_from_db()
        self.assertEqual(first.ended_because, "signed-out")
        self.assertEqual(sessions_of(self.vera).count(), 1)
        self.assertContains(client.get(HOME), self.vera.email)

    def test_rows_long_over_are_forgotten(self) -> None:
        browser(self.dev)
        with later(29 * DAY):
            forget_old_sessions()
            self.assertEqual((BrowserSession.objects.count(), Session.objects.count()), (1, 0))
        with later(31 * DAY):
            forget_old_sessions()
        self.assertEqual(BrowserSession.objects.count(), 0)


@quickly
class PasswordTests(CastTestCase):
    def test_a_changed_password_ends_the_other_sessions_each_with_its_event(self) -> None:
        self.dev.set_password(PASSWORD)
        self.dev.save()
        mine, others = browser(self.dev), [browser(self.dev) for _ in range(2)]
        self.forget_events()
        new = "another horse, another staple"
        mine.post("/password", {"oldpassword": PASSWORD, "password1": new, "password2": new})
        events = self.assertEvents("person:password-change", "session:end", "session:end")
        self.assertEqual({event.reason for event in events[1:]}, {"password-changed"})
        self.assertEqual(len({event.request_id for event in events}), 1)
        self.assertEqual(mine.get(HOME).status_code, 200)
        self.assertTrue(all(client.get(HOME).status_code != 200 for client in others))
