"""A stranger brings a token: the answer is always the same, and the organization's policy is carried out."""

import json
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from keyvault.actor import TokenKind
from keyvault.flows.leaks.reports import LOOK, LOOKED_AT
from keyvault.jobs import runner
from keyvault.jobs.models import Job
from orgs.models import Organization
from tests.api.scene import DAY, ApiTestCase
from tests.clock import within_a_minute
from tokens.format import mint
from tokens.models import AccessToken
from tokens.services import issue_token, pause_token


class FoundTests(ApiTestCase):
    def found(self, body: str, kind: str = "text/plain") -> Any:
        return Client().generic("POST", "/found", body.encode(), kind, REMOTE_ADDR="198.51.100.7")

    def carry_out(self) -> None:
        for job in Job.objects.filter(kind=LOOK, state="queued"):
            runner.run(job.pk)

    def token_of(self, who: str) -> AccessToken:
        return AccessToken.objects.get(membership__user__name=who)

    def policy(self, **policy: str) -> None:
        Organization.objects.filter(pk=self.acme.pk).update(**policy)

    def test_a_found_token_is_revoked_by_the_policy(self) -> None:
        self.forget_events()
        self.assertEqual(self.found(f"token={self.tokens['dev']}").status_code, 202)
        self.assertEqual(self.token_of("Dev").state, "active")
        self.carry_out()
        token = self.token_of("Dev")
        self.assertEqual((token.state, token.revoked_cause), ("revoked", "found where it does not belong"))
        [found, _] = self.assertEvents("token:found", "token:revoke")
        self.assertEqual(
            found.document["details"], {"did": "revoke", "source": "report", "reported_from": "198.51.100.0/24"}
        )

    def test_or_paused(self) -> None:
        self.policy(found_tokens="pause")
        self.forget_events()
        self.found(json.dumps({"token": self.tokens["dev"]}), "application/json")
        self.carry_out()
        self.assertEqual(self.token_of("Dev").state, "paused")
        self.assertEvents("token:found", "token:change")

    def test_a_team_token_raises_a_notice_and_works_on_unless_the_policy_pauses_it(self) -> None:
        value = issue_token(
            actor=self.actor(self.olivia),
            kind=TokenKind.TEAM,
            name="Frontend",
            environment=self.development,
            networks=["203.0.113.0/24"],
            lifetime=DAY,
        ).value
        for policy, state, events in (
            ("notice", "active", ["token:found"]),
            ("pause", "paused", ["token:found", "token:change"]),
            ("pause", "paused", ["token:found"]),
        ):
            self.policy(found_team_tokens=policy)
            self.forget_events()
            self.found(str(value))
            self.carry_out()
            self.assertEqual(AccessToken.objects.get(name="Frontend").state, state)
            self.assertEvents(*events)

    def test_what_works_no_more_leaves_an_event_only(self) -> None:
        pause_token(actor=self.actor(self.olivia), token=self.token_of("Dev"))
        for state in ("revoked", "revoked"):
            self.found(self.tokens["dev"])
            self.carry_out()
            self.assertEqual(self.token_of("Dev").state, state)
        [last] = [event for event in self.events() if event.action == "token:found"][1:]
        self.assertEqual(last.document["details"]["did"], "nothing")

    def test_the_answer_and_the_work_are_alike_whatever_comes(self) -> None:
        looks = [self.tokens["dev"], mint(TokenKind.SERVICE), "no token", "", "\0\xff" * 100, "x" * 200_000]
        answers, works, jobs = set(), set(), set()
        self.found("the first asks for the list of peppers")
        for text in looks:
            with CaptureQueriesContext(connection) as queries:
                answer = self.found(text)
            answers.add((answer.status_code, answer.content, tuple(sorted(answer.headers))))
            works.add(len(queries))
            jobs.add(len(Job.objects.filter(kind=LOOK).latest("id").arguments["digests"]))
        self.assertEqual((len(answers), len(works), jobs), (1, 1, {LOOKED_AT}))

    def test_no_token_rests_in_the_job_or_the_log(self) -> None:
        self.found(f"needle {self.tokens['dev']}")
        self.carry_out()
        job = Job.objects.get(kind=LOOK)
        seen = str([job.arguments, job.last_error, *(event.document for event in self.events())])
        self.assertNotIn("needle", seen)
        self.assertNotIn(self.tokens["dev"], seen)

    def test_nothing_found_is_folded(self) -> None:
        self.enterContext(within_a_minute())
        self.forget_events()
        for _ in range(3):
            self.found("nothing here")
        self.carry_out()
        self.assertEvents("leak:report:denied")

    def test_ten_times_a_minute_from_one_block(self) -> None:
        self.enterContext(within_a_minute())
        for _ in range(10):
            self.assertEqual(self.found(self.tokens["dev"]).status_code, 202)
        self.assertEqual(self.found(self.tokens["dev"]).status_code, 429)

    def test_only_by_post_and_without_a_cookie(self) -> None:
        self.assertEqual(Client().get("/found").status_code, 405)
        self.assertFalse(self.found("x").cookies)
