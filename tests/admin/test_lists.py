"""Every list: as many statements for many rows as for few, counted to a limit; organizations and jobs."""

from unittest import mock

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from keyvault.actor import PlatformRole, Role, TokenKind, Verb
from keyvault.admin import paging
from keyvault.jobs.models import Job
from orgs.models import Organization
from orgs.services.members import add_member
from tests.admin.scene import CONNECTIONS, DOMAINS, EVENTS, JOBS, ORGANIZATIONS, PEOPLE, TOKENS, desk, make_operator
from tests.tokens.scene import DAY, TokenTestCase
from tokens.services import issue_token


class ListTests(TokenTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.root = make_operator(PlatformRole.SUPER_ADMIN)
        self.desk = desk(self.root)

    def statements(self, address: str) -> int:
        self.desk.get(address)
        with CaptureQueriesContext(connection) as queries:
            self.assertEqual(self.desk.get(address).status_code, 200)
        return len(queries)

    def test_lists_and_details_ask_the_same_number_of_statements_for_many_rows(self) -> None:
        self.more(1)
        token, job = self.personal(self.vera).token, Job.objects.get()
        addresses = (
            "/admin/",
            PEOPLE,
            TOKENS,
            ORGANIZATIONS,
            CONNECTIONS,
            DOMAINS,
            EVENTS,
            JOBS,
            f"{PEOPLE}{self.olivia.pk}/",
            f"{PEOPLE}{self.olivia.pk}/activity",
            f"{TOKENS}{token.pk}/",
            f"{ORGANIZATIONS}{self.acme.pk}/",
            f"{JOBS}{job.pk}/",
        )
        few = {address: self.statements(address) for address in addresses}
        for n in range(2, 7):
            self.more(n)
        for address, count in few.items():
            with self.subTest(address):
                self.assertEqual(self.statements(address), count)
                self.assertLessEqual(count, 22)

    def more(self, n: int) -> None:
        person = User.objects.create_user(email=f"person{n}@acme.example", name=f"Person {n}")
        add_member(actor=self.actor(self.olivia), org=self.acme, person=person, role=Role.DEVELOPER)
        issue_token(
            actor=self.actor(person), kind=TokenKind.PERSON, name=f"Laptop {n}", verbs=[Verb.LIST], lifetime=DAY
        )
        Job.objects.create(
            org_id=self.acme.pk,
            kind="test.work",
            author_type="system",
            author_name="test",
            request_id=self.actor(self.olivia).origin.request_id,
            last_error=f"It broke {n} times.",
        )

    def test_rows_past_the_limit_are_neither_counted_nor_paged(self) -> None:
        with mock.patch.object(paging, "LIMIT", 3):
            answer = self.desk.get(PEOPLE)
            self.assertContains(answer, "More than 3 users: search or filter to find the others")
            self.assertContains(self.desk.get(PEOPLE, {"q": "vera"}), "1 user\n")

    def test_an_organization_shows_its_policy_people_and_numbers(self) -> None:
        self.personal(self.dev)
        Organization.objects.filter(pk=self.acme.pk).update(mfa_required=True, allowed_networks=["10.0.0.0/8"])
        listed = self.desk.get(ORGANIZATIONS, {"q": "acm"})
        self.assertContains(listed, "second factor")
        row = listed.context["cl"].result_list[0]
        self.assertEqual((row.member_count, row.token_count), (4, 1))
        self.forget_events()
        answer = self.desk.get(f"{ORGANIZATIONS}{self.acme.pk}/")
        for text in ("olivia@acme.example", "10.0.0.0/8", "required", "365 days"):
            self.assertContains(answer, text)
        (event,) = self.assertEvents("operator:organizations")
        self.assertEqual(event.org_id, self.acme.pk)

    def test_a_job_shows_its_state_tries_and_end_and_never_its_arguments(self) -> None:
        self.more(1)
        Job.objects.update(arguments={"secret": "canary-argument"}, attempts=3)
        for address in (JOBS, f"{JOBS}{Job.objects.get().pk}/"):
            answer = self.desk.get(address)
            for text in ("test.work", "Queued", "3", "It broke 1 times."):
                self.assertContains(answer, text)
            self.assertNotContains(answer, "canary-argument")
        self.assertContains(self.desk.get(JOBS, {"state": "queued"}), "test.work")
        self.assertNotContains(self.desk.get(JOBS, {"state": "done"}), "test.work")
        self.assertEqual(self.desk.get(JOBS, {"arguments__secret__startswith": "c"}).status_code, 400)

    def test_every_page_has_one_heading_and_nothing_inline(self) -> None:
        from tests.web.scene import page
        from tests.web.test_templates import inline

        self.more(1)
        token = self.personal(self.vera).token
        for address in (
            "/admin/",
            PEOPLE,
            TOKENS,
            ORGANIZATIONS,
            CONNECTIONS,
            DOMAINS,
            EVENTS,
            JOBS,
            f"{PEOPLE}{self.olivia.pk}/",
            f"{PEOPLE}{self.olivia.pk}/platform-roles",
            f"{TOKENS}{token.pk}/revocation",
        ):
            with self.subTest(address):
                answer = self.desk.get(address)
                shown = page(answer)
                self.assertEqual(len(shown.all("h1")), 1)
                self.assertEqual(inline(shown), [])
                self.assertNotRegex(answer["Content-Security-Policy"], "unsafe")
                self.assertIn("no-store", answer["Cache-Control"])
