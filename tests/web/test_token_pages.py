"""Access tokens in the console: found in the list, seen as one, paused, resumed and replaced."""

import datetime as dt

from django.utils import timezone

from keyvault.actor import Origin, TokenKind
from tests.tokens.scene import TokenTestCase, shown
from tests.web.scene import KEYS, browser, page, queries
from tokens import last_use
from tokens.models import AccessToken
from tokens.services import revoke_token


def address(token: AccessToken, act: str = "") -> str:
    return f"{KEYS}/{token.pk}{act}"


class ListTests(TokenTestCase):
    def test_tabs_count_and_choose(self) -> None:
        self.personal(self.dev)
        self.of_service()
        ended = self.of_service("Old job").token
        revoke_token(actor=self.actor(self.olivia), token=ended, cause="over")
        client = browser(self.olivia)
        for show, there, absent in (
            ("", "Deploy job of shop", "Old job"),
            ("people", "laptop", "Deploy job"),
            ("services", "Deploy job", "laptop"),
            ("ended", "Old job", "Deploy job"),
        ):
            with self.subTest(show):
                answer = client.get(KEYS, {"show": show})
                self.assertContains(answer, there)
                self.assertNotContains(answer, absent)
        counts = [each for each in page(client.get(KEYS)).all("span") if each.get("class") == "n"]
        self.assertEqual(len(counts), 6)

    def test_words_find_names_beginnings_and_owners_as_typed(self) -> None:
        token = self.personal(self.dev, "Laptop of dev").token
        self.of_service()
        for words, found in (("laptop", True), (token.display[:12], True), ("dev@acme", True), ("xyz", False)):
            with self.subTest(words):
                answer = browser(self.olivia).get(KEYS, {"q": words}, headers={"hx-request": "true"})
                self.assertEqual("Laptop of dev" in answer.content.decode(), found)

    def test_what_is_no_choice_is_not_asked(self) -> None:
        for odd in ({"show": "'"}, {"sort": "digest"}, {"q": "\0%"}, {"page": "-1"}, {"page": "x"}):
            self.assertEqual(browser(self.olivia).get(KEYS, odd).status_code, 200)

    def test_the_unused_come_first_when_asked(self) -> None:
        used, unused = self.personal(self.olivia, "Used one"), self.personal(self.olivia, "Unused one")
        last_use.note(used.token.pk, Origin(), timezone.now())
        last_use.flush()
        text = browser(self.olivia).get(KEYS, {"sort": "used"}).content.decode()
        self.assertLess(text.index(unused.token.name), text.index(used.token.name))

    def test_as_many_queries_for_many_tokens_as_for_few(self) -> None:
        client = browser(self.olivia)
        self.of_service("Job 0")
        client.get(KEYS)
        few = queries(client, KEYS)
        for number in range(1, 9):
            self.of_service(f"Job {number}", owner=self.identity(f"job-{number}"))
        self.assertEqual(queries(client, KEYS), few)


class OneTokenTests(TokenTestCase):
    def test_its_owner_and_who_lists_tokens_see_it_and_nobody_else(self) -> None:
        token = self.personal(self.dev).token
        for who, status in ((self.dev, 200), (self.olivia, 200), (self.vera, 404), (self.mallory, 404)):
            with self.subTest(who=who):
                self.assertEqual(browser(who).get(address(token)).status_code, status)

    def test_it_says_what_it_may_and_never_its_value(self) -> None:
        issued = self.of_service(environment=self.development, networks=["10.4.0.0/24"])
        answer = browser(self.olivia).get(address(issued.token))
        for text in (issued.token.display, "10.4.0.0/24", "Never used", "Deploy"):
            self.assertContains(answer, text)
        self.assertNotContains(answer, shown(issued))

    def test_who_may_read_the_log_sees_uses_and_refusals(self) -> None:
        issued = self.personal(self.dev, networks=["192.0.2.0/24"])
        self.refused(issued, Origin(address="198.51.100.1"))
        self.assertContains(browser(self.olivia).get(address(issued.token)), '1 × <span class="mono">network</span>')
        self.assertNotContains(browser(self.dev).get(address(issued.token)), "Recent events")

    def test_it_is_paused_and_works_again(self) -> None:
        issued, client = self.personal(self.dev), browser(self.dev)
        self.forget_events()
        client.post(address(issued.token, "/pause"))
        self.assertEqual(self.refused(issued).rule, "token-paused")
        self.assertContains(client.get(address(issued.token)), "Resume")
        client.post(address(issued.token, "/resumption"))
        self.with_token(issued)

    def test_who_may_not_pause_it_is_refused_and_nothing_happens(self) -> None:
        issued = self.of_service()
        for act in ("/pause", "/resumption", "/replacement", "/revocation"):
            for who, status in ((self.vera, 404), (self.mallory, 404)):
                with self.subTest(act=act, who=who):
                    answer = browser(who).post(address(issued.token, act), {"overlap": "0", "cause": "x"})
                    self.assertEqual(answer.status_code, status)
        self.with_token(issued)

    def test_a_look_changes_nothing(self) -> None:
        issued = self.personal(self.dev)
        for act in ("/pause", "/resumption", "/replacement"):
            self.assertEqual(browser(self.dev).get(address(issued.token, act)).status_code, 405)

    def test_its_successor_is_shown_once_and_the_old_one_works_for_the_overlap(self) -> None:
        issued = self.personal(self.dev)
        answer = browser(self.dev).post(address(issued.token, "/replacement"), {"overlap": "24"})
        self.assertEqual(answer.status_code, 201)
        successor = AccessToken.objects.get(replaces=issued.token)
        self.assertRegex(page(answer).texts["token"], r"^kvp_any_[0-9A-Za-z]{36}$")
        self.assertLess(self.now(issued.token).expires_at, timezone.now() + dt.timedelta(hours=25))
        self.with_token(issued)
        self.assertContains(browser(self.dev).get(address(successor)), issued.token.display)

    def test_an_overlap_that_is_no_choice_is_refused(self) -> None:
        issued = self.personal(self.dev)
        answer = browser(self.dev).post(address(issued.token, "/replacement"), {"overlap": "100000"})
        self.assertEqual(answer.status_code, 422)
        self.assertFalse(AccessToken.objects.filter(replaces=issued.token).exists())

    def test_the_line_turns_green_on_the_first_use(self) -> None:
        issued, client = self.personal(self.dev), browser(self.dev)
        waiting = client.get(address(issued.token, "/first-use"))
        self.assertContains(waiting, "hx-get")
        last_use.note(issued.token.pk, Origin(address="192.0.2.9"), timezone.now())
        last_use.flush()
        used = client.get(address(issued.token, "/first-use"))
        self.assertContains(used, "192.0.2.9")
        self.assertNotContains(used, "hx-get")

    def test_a_team_token_is_shown_with_what_it_may_at_the_gateway(self) -> None:
        token = self.of_team().token
        self.assertEqual(token.kind, TokenKind.TEAM)
        self.assertContains(browser(self.olivia).get(address(token)), "openai/v1/chat")
