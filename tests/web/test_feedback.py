"""Feedback: anybody writes, operators read, and no token gets through."""

import random
from typing import Any

from django.core import mail
from django.test import Client

from accounts.models import User
from accounts.platform import PlatformAct
from keyvault.actor import Origin, PlatformRole, TokenKind, anonymous
from keyvault.errors import Conflict, Invalid, NotAllowed
from keyvault.flows.feedback.models import LONGEST, Feedback
from keyvault.flows.feedback.services import TOKEN_RULE, mark_answered, send_feedback
from keyvault.flows.feedback.telling import TELL
from keyvault.flows.leaks.limits import FEEDBACK_A_MINUTE
from keyvault.jobs import runner
from keyvault.jobs.models import Job
from orgs import scim_format
from tests.admin.scene import FEEDBACK, by, desk, make_operator
from tests.cast import CastTestCase
from tests.clock import within_a_minute
from tests.web.scene import browser, page
from tokens.format import mint

HERE = "/feedback"


def told(text: str = "It is slow", answer_to: str = "") -> Feedback:
    """From an address of its own."""
    address = f"10.{random.randrange(256)}.{random.randrange(256)}.8"
    return send_feedback(actor=anonymous(Origin(address=address)), text=text, answer_to=answer_to)


class SendingTests(CastTestCase):
    def test_a_stranger_finds_the_form_and_sends(self) -> None:
        client = browser()
        self.assertContains(client.get("/sign-in"), f'href="{HERE}"')
        self.forget_events()
        answer = client.post(HERE, {"text": " It is slow ", "answer_to": "ann@example.com"}, follow=True)
        self.assertContains(answer, "operators of this KeyVault can read it")
        kept = Feedback.objects.get()
        self.assertEqual((kept.text, kept.answer_to, kept.by, kept.state), ("It is slow", "ann@example.com", "", "new"))
        [event] = self.assertEvents("feedback:send")
        self.assertEqual(event.actor_type, "anonymous")
        self.assertEqual(event.document["details"], {"characters": 10, "answer_wanted": True})
        self.assertNotIn("slow", str(event.document))
        self.assertNotIn("ann@", str(event.document))

    def test_of_who_is_signed_in_the_address_is_copied(self) -> None:
        client = browser(self.vera)
        self.assertContains(client.get("/o/acme/"), f'href="{HERE}"')
        self.assertContains(client.get(HERE), f"Sent as {self.vera.email}")
        self.forget_events()
        client.post(HERE, {"text": "It is slow"})
        self.assertEqual(Feedback.objects.get().by, self.vera.email)
        [event] = self.assertEvents("feedback:send")
        self.assertEqual(event.actor_id, self.vera.pk)

    def test_a_text_with_a_token_is_refused_kept_nowhere_and_not_shown_again(self) -> None:
        for token in (mint(TokenKind.SERVICE), scim_format.mint()):
            wrongs = (
                {"text": f"I found {token}."},
                {"text": "I found it", "answer_to": f"{token}@example.com"},
                {"text": "I found it", "answer_to": token},
                {"text": f"{token} {'y' * LONGEST}"},
            )
            for wrong in wrongs:
                with self.subTest(list(wrong)):
                    self.refused(browser(), wrong, without=token)
        answer = browser().post(HERE, wrongs[0])
        self.assertContains(answer, "Revoke it", status_code=422)
        self.assertContains(answer, "/found", status_code=422)

    def test_what_is_empty_too_long_or_no_address_is_refused(self) -> None:
        for wrong in (
            {"text": " \n"},
            {},
            {"text": "x" * (LONGEST + 1)},
            {"text": "a\x00b"},
            {"text": "x", "answer_to": "nobody"},
            {"text": "x", "answer_to": "a@example.com\nBcc: b@example.com"},
        ):
            with self.subTest(list(wrong)):
                self.refused(browser(), wrong)
        for text in (" ", "x" * (LONGEST + 1)):
            with self.assertRaises(Invalid):
                told(text)

    def test_a_refused_token_is_an_event_without_it(self) -> None:
        token = str(mint(TokenKind.SERVICE))
        self.forget_events()
        browser().post(HERE, {"text": token})
        [event] = self.assertEvents("feedback:send:denied")
        self.assertEqual(event.document["reason"], TOKEN_RULE)
        self.assertNotIn(token, str(event.document))

    def test_one_address_sends_a_few_a_minute(self) -> None:
        client = browser()
        with within_a_minute():
            statuses = [client.post(HERE, {"text": "Again"}).status_code for _ in range(FEEDBACK_A_MINUTE + 1)]
        self.assertEqual(statuses, [302] * FEEDBACK_A_MINUTE + [429])
        self.assertEqual(Feedback.objects.count(), FEEDBACK_A_MINUTE)
        self.assertEqual(browser().post(HERE, {"text": "Another"}).status_code, 302)

    def test_a_form_of_another_site_is_refused(self) -> None:
        self.assertEqual(browser(enforce_csrf_checks=True).post(HERE, {"text": "x"}).status_code, 403)
        self.assertEqual(browser().delete(HERE).status_code, 405)

    def refused(self, client: Client, form: dict[str, Any], without: str = "Traceback") -> None:
        answer = client.post(HERE, form)
        self.assertEqual(answer.status_code, 422)
        self.assertNotIn(without, answer.content.decode())
        self.assertFalse(Feedback.objects.exists())


class MailTests(CastTestCase):
    def carry_out(self) -> None:
        for job in Job.objects.filter(kind=TELL, state="queued"):
            runner.run(job.pk)

    def test_super_admins_hear_of_it_without_the_text(self) -> None:
        make_operator(PlatformRole.AUDITOR, email="audit@platform.example")
        root = make_operator(PlatformRole.SUPER_ADMIN)
        told("It is slow", "ann@example.com")
        self.carry_out()
        [sent] = mail.outbox
        self.assertEqual(sent.to, [root.email])
        self.assertIn(f"{FEEDBACK}?state=new", str(sent.body))
        self.assertNotIn("slow", str(sent.body))
        self.assertNotIn("ann@", str(sent.body))

    def test_what_follows_waits_an_hour_for_one_mail_together(self) -> None:
        told()
        self.carry_out()
        told()
        told()
        first, second = Job.objects.filter(kind=TELL)
        self.assertEqual((second.run_after - first.run_after).total_seconds(), 3600)

    def test_nothing_is_told_where_nothing_waits(self) -> None:
        root = make_operator(PlatformRole.SUPER_ADMIN)
        mark_answered(actor=by(root), feedback=told())
        self.carry_out()
        self.assertEqual((mail.outbox, Job.objects.get(kind=TELL).state), ([], "done"))


class ReadingTests(CastTestCase):
    root: User

    def setUp(self) -> None:
        super().setUp()
        self.root = make_operator(PlatformRole.SUPER_ADMIN)

    def test_an_operator_reads_and_marks_it_answered(self) -> None:
        client, kept = desk(self.root), told("One\nTwo", "ann@example.com")
        shown = client.get(f"{FEEDBACK}{kept.pk}/")
        self.assertContains(shown, "One<br>Two")
        self.assertContains(shown, "ann@example.com")
        self.assertContains(client.get(f"{FEEDBACK}?state=new"), str(kept.pk))
        self.forget_events()
        client.post(f"{FEEDBACK}{kept.pk}/answered")
        self.assertEvents("operator:feedback", "feedback:answer")
        self.assertNotContains(client.get(f"{FEEDBACK}?state=new"), str(kept.pk))
        self.assertContains(client.get(f"{FEEDBACK}?state=answered"), str(kept.pk))
        self.assertNotContains(client.get(f"{FEEDBACK}{kept.pk}/"), f"{kept.pk}/answered")
        with self.assertRaises(Conflict):
            mark_answered(actor=by(self.root), feedback=kept)

    def test_nothing_typed_becomes_markup(self) -> None:
        kept = told("<script>alert(1)</script><b>x</b>")
        client = desk(self.root)
        for address in (FEEDBACK, f"{FEEDBACK}{kept.pk}/"):
            answer = client.get(address)
            self.assertContains(answer, "&lt;script&gt;alert(1)")
            self.assertEqual(page(answer).all("b"), [])

    def test_an_auditor_reads_and_an_owner_is_no_operator(self) -> None:
        kept = told()
        auditor = make_operator(PlatformRole.AUDITOR, email="audit@platform.example")
        client = desk(auditor)
        self.assertNotContains(client.get(f"{FEEDBACK}{kept.pk}/"), f"{kept.pk}/answered")
        self.forget_events()
        self.assertEqual(client.post(f"{FEEDBACK}{kept.pk}/answered").status_code, 403)
        self.assertEvents(f"{PlatformAct.ANSWER_FEEDBACK}:denied")
        for actor in (by(auditor), self.actor(self.olivia)):
            with self.assertRaises(NotAllowed):
                mark_answered(actor=actor, feedback=kept)
        kept.refresh_from_db()
        self.assertEqual(kept.state, "new")
