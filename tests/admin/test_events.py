"""The log of all organizations: the four usual questions, page by page by key, and never counted."""

from typing import Any
from unittest import mock

from django.db import connection
from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL
from django.test.utils import CaptureQueriesContext

from audit.models import Event
from keyvault.actor import PlatformRole
from keyvault.admin import events
from keyvault.admin.event_questions import Asked
from keyvault.secrets.services.listing import list_secrets
from keyvault.secrets.services.storing import create_secret
from keyvault.secrets.values import Value
from tests.admin.scene import EVENTS, desk, make_operator
from tests.tokens.scene import TokenTestCase


class EventsTests(TokenTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.auditor = make_operator(PlatformRole.AUDITOR)
        self.desk = desk(self.auditor)
        self.issued = self.personal(self.dev, "Dev's laptop")
        create_secret(
            actor=self.actor(self.olivia), environment=self.development, name="STRIPE", value=Value.text("v-4711")
        )
        self.forget_events()

    def asked(self, **question: str) -> list[list[Any]]:
        answer = self.desk.get(EVENTS, question)
        self.assertEqual(answer.status_code, 200)
        self.assertNotContains(answer, "v-4711")
        return [row[:5] for row in answer.context["table"].rows]

    def acts(self, **question: str) -> list[str]:
        return [row[2].removeprefix("<code>").removesuffix("</code>") for row in self.asked(**question)]

    def test_who(self) -> None:
        self.assertEqual(self.acts(who="DEV@acme.example"), ["token:issue-personal"])
        self.assertEqual(set(self.acts(who="mallory@evil.example")), {"organization:create"})
        self.assertEqual(self.acts(who="nobody@example.com"), [])

    def test_what_an_operator_did_in_organizations_that_they_are_in_none_of(self) -> None:
        self.desk.get(f"/admin/orgs/organization/{self.acme.pk}/")  # may, and it is an event of acme's
        found = self.asked(who=self.auditor.email, act="operator:organizations")
        self.assertEqual([row[4] for row in found], ["acme"])

    def test_which_secret(self) -> None:
        self.assertEqual(self.acts(secret="STRIPE"), ["secret:create"])
        self.assertEqual(self.acts(secret="STRIPE", organization="evil-corp"), [])
        self.assertEqual(self.acts(secret="STRIPE", who="olivia@acme.example", organization="acme"), ["secret:create"])
        self.assertEqual(self.acts(secret="STRIPE", who="mallory@evil.example"), [])

    def test_which_token_did_what_and_what_was_done_with_it(self) -> None:
        list_secrets(actor=self.with_token(self.issued), environment=self.development)
        for name in ("Dev's laptop", self.issued.token.display):
            self.assertEqual(self.acts(token=name), ["secret:list", "token:issue-personal"])

    def test_when_which_act_and_with_what_outcome(self) -> None:
        self.assertEqual(self.acts(organization="acme", act="project:create"), ["project:create"])
        self.assertEqual(self.acts(outcome="denied", organization="acme"), [])
        self.assertIn("secret:create", self.acts(period="1"))
        self.assertEqual(len(self.acts(period="24", organization="acme")), len(self.acts(organization="acme")))

    def test_a_question_without_an_index_reaches_seven_days_and_says_so(self) -> None:
        answer = self.desk.get(EVENTS, {"act": "secret:create"})
        self.assertContains(answer, "The past 7 days")
        self.assertNotContains(self.desk.get(EVENTS, {"act": "secret:create", "period": "24"}), "The past 7 days")
        self.assertNotContains(self.desk.get(EVENTS, {"act": "secret:create", "organization": "acme"}), "The past")

    def test_page_by_page_by_key_to_the_end(self) -> None:
        for _ in range(120):
            list_secrets(actor=self.actor(self.olivia), environment=self.development)
        seen: list[str] = []
        address = f"{EVENTS}?organization=acme"
        while address:
            answer = self.desk.get(address)
            rows = answer.context["table"].rows
            self.assertLessEqual(len(rows), 50)
            seen += [row[0] for row in rows]
            address = EVENTS + answer.context["older"] if answer.context["older"] else ""
        self.assertEqual(len(seen), len(set(seen)))
        self.assertEqual(len(seen), Event.objects.filter(org_id=self.acme.pk).count())

    def test_nothing_is_counted_and_each_branch_is_cut(self) -> None:
        for question in ({}, {"who": "dev@acme.example"}, {"token": "Dev's laptop"}, {"act": "secret:create"}):
            with self.subTest(question), CaptureQueriesContext(connection) as queries:
                self.desk.get(EVENTS, question)
            log = [each["sql"] for each in queries if 'FROM "audit_event"' in each["sql"]]
            self.assertEqual(len(log), 1)
            self.assertNotIn("COUNT(", log[0])
            self.assertGreaterEqual(log[0].count("LIMIT 51"), log[0].count('FROM "audit_event"'))

    def test_a_question_that_takes_too_long_is_given_up_and_the_page_says_so(self) -> None:
        slow = Event.objects.filter(Q(RawSQL("pg_sleep(5) IS NULL", (), BooleanField())))
        with mock.patch.object(events, "PATIENCE", 50):
            found, note = events.answered(Asked([slow]), before=None)
        self.assertEqual(found, [])
        self.assertIn("Too many events to look through", note)

    def test_one_event_in_all_its_parts_and_the_look_at_it(self) -> None:
        event = Event.objects.filter(target_token_id=self.issued.token.pk).get()
        answer = self.desk.get(f"{EVENTS}{event.pk}/")
        for text in ("token:issue-personal", "dev@acme.example", "Dev&#x27;s laptop", str(event.receipt)):
            self.assertContains(answer, text)
        self.assertNotContains(answer, bytes(event.mac).hex())
        (look,) = self.assertEvents("operator:events")
        self.assertEqual((look.org_id, look.document["about"]["id"]), (self.acme.pk, str(event.pk)))

    def test_odd_input_is_no_failure(self) -> None:
        for question in ({"who": "\0"}, {"period": "x"}, {"token": "x" * 200}, {"outcome": "maybe"}, {"secret": "%"}):
            with self.subTest(question):
                self.assertEqual(self.desk.get(EVENTS, question).status_code, 200)
        self.assertEqual(self.desk.get(EVENTS, {"before": "yesterday"}).status_code, 404)
        self.assertEqual(self.desk.get(f"{EVENTS}{self.acme.pk}/").status_code, 404)
