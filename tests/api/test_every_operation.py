"""Every operation by every role: the status that the permission table says, and the event that it leaves."""

import json

from django.test import override_settings

from keyvault.api.docs import document
from keyvault.secrets.access import grants_of
from orgs.decide import Decision, decide
from orgs.permissions import Action
from tests.api.operations import OPERATIONS, Operation
from tests.api.scene import undone
from tests.api.stage import StageTestCase

CALLERS = ("olivia", "adam", "dev", "vera", "ci", "robot")

# Looking at what every member and every token of the organization sees, polled by every client: no event of success.
WITHOUT_EVENT = {
    "whoami": "the token's own face",
    "get_organization": "the name and policy that bind the token",
    "list_projects": "names that every member sees",
    "get_project": "names that every member sees",
    "list_environments": "names that every member sees",
    "get_environment": "names that every member sees",
}

_LISTING = (403, ["token:list:denied"])


def _changed(event: str, *others: str) -> dict[str, tuple[int, list[str]]]:
    """By those who may change every token; a developer sees it and is refused; the rest do not see it."""
    done, refused = (200, [event, *others]), (403, [f"{event}:denied"])
    return {"olivia": done, "adam": done, "dev": refused, "vera": _LISTING, "ci": _LISTING, "robot": done}


_PERSONAL = (201, ["token:issue-personal"])
_REPLACED = (201, ["token:issue-personal", "token:change"])
_COPIED = (200, ["token:copy"])
_BY_COPYING = dict.fromkeys(("olivia", "adam", "dev", "robot"), _COPIED) | dict.fromkeys(("vera", "ci"), _LISTING)

# What turns on whose token it is, not on the table alone.
BY_HAND: dict[str, dict[str, tuple[int, list[str]]]] = {
    "end_session": {
        **dict.fromkeys(("olivia", "adam", "dev", "vera"), (204, ["session:end"])),
        "ci": (403, ["session:end:denied"]),
        "robot": (404, []),  # it may, and has none
    },
    "issue_token": {
        "olivia": _PERSONAL,
        "adam": _PERSONAL,
        "dev": _PERSONAL,
        "vera": _PERSONAL,
        "ci": (403, ["token:issue-service:denied"]),
        "robot": (201, ["token:issue-service"]),
    },
    "narrow_token": _changed("token:change"),
    "pause_token": _changed("token:change"),
    "resume_token": _changed("token:change"),
    "keep_token": _changed("token:keep"),
    "exempt_token": _changed("token:exempt"),
    "end_exemption": _changed("token:exempt"),
    "revoke_token": _changed("token:revoke"),
    "revoke_own_token": dict.fromkeys(CALLERS, (200, ["token:revoke"])),
    "replace_token": {
        "olivia": _REPLACED,
        "adam": _REPLACED,
        "dev": _REPLACED,
        "vera": _LISTING,
        "ci": _LISTING,
        "robot": (201, ["token:issue-service", "token:change"]),
    },
    "copy_team_token": _BY_COPYING,
    "copy_token_snippet": _BY_COPYING,
    "show_token_keys": {
        "olivia": (200, ["token:keys"]),
        **dict.fromkeys(("adam", "dev", "robot"), (403, ["token:keys:denied"])),
        **dict.fromkeys(("vera", "ci"), _LISTING),
    },
}


class EveryOperationTests(StageTestCase):
    def test_the_table_has_every_operation_and_nothing_else(self) -> None:
        paths = json.loads(document())["paths"]
        described = {method["operationId"] for path in paths.values() for method in path.values()}
        self.assertEqual(described, set(OPERATIONS))

    def test_by_every_role(self) -> None:
        for name, operation in OPERATIONS.items():
            for who in CALLERS:
                with self.subTest(operation=name, who=who), undone():
                    response = self.perform(who, name, operation)
                    status, events = BY_HAND[name][who] if name in BY_HAND else self.by_table(operation, who)
                    self.assertEqual(response.status_code, status, response.content)
                    words = self.words()
                    self.assertEqual(words[: len(events)], events)
                    self.assertLessEqual(set(words), set(events))  # one act on many tokens has an event for each

    def by_table(self, operation: Operation, who: str) -> tuple[int, list[str]]:
        for action, on in filter(None, ((operation.action, operation.on), operation.also)):
            assert action is not None
            if who == "ci" and operation.holes.get("project"):  # for its token no other project exists
                return 404, []
            if not self.decision(action, on, who).allowed:
                return 403, [f"{action}:denied"]
        return operation.status, list(operation.events)

    def decision(self, action: Action, on: str, who: str) -> Decision:
        actor, target = self.acting(who), self.target(on, who)
        return decide(action, actor=actor, target=target, grants=grants_of(actor, target))

    def test_a_refusal_names_the_rule_of_the_decision(self) -> None:
        for name, operation in OPERATIONS.items():
            if operation.action is None:
                continue
            decision = self.decision(operation.action, operation.on, "vera")
            if not decision.allowed:
                with self.subTest(name):
                    problem = self.perform("vera", name, operation).json()
                    self.assertEqual((problem["rule"], problem["detail"]), (decision.rule, decision.sentence))

    def test_at_most_ten_operations_leave_no_event_and_they_are_these(self) -> None:
        silent = {name for name, each in OPERATIONS.items() if not each.events and name not in BY_HAND}
        self.assertEqual(silent, set(WITHOUT_EVENT))
        self.assertLessEqual(len(silent), 10)

    def test_without_a_token(self) -> None:
        for name, operation in OPERATIONS.items():
            with self.subTest(name):
                response = self.perform(None, name, operation)
                self.assertRefused(response, 401, "token-missing")
                self.assertEqual(response["WWW-Authenticate"], 'Bearer realm="keyvault"')

    def test_with_a_token_that_nobody_issued(self) -> None:
        for token in ("kvs_prd_0000", self.tokens["dev"][:-1], self.tokens["dev"] + "x", "käse", "x" * 5000):
            with self.subTest(token[:12]):
                response = self.get(token, "/api/v1/whoami")
                self.assertRefused(response, 401, "token-invalid")
                self.assertEqual(response["WWW-Authenticate"], 'Bearer realm="keyvault", error="invalid_token"')

    def test_a_team_token_works_nowhere_here(self) -> None:
        for name, operation in OPERATIONS.items():
            if operation.holes.get("project"):  # the token is for another project
                continue
            with self.subTest(name):
                problem = self.assertRefused(
                    self.perform("team", name, operation), 403, "team-tokens-work-only-at-the-gateway"
                )
                self.assertEqual(problem["detail"], "team tokens work only at the gateway")
                [word] = self.words()
                self.assertTrue(word.endswith(":denied"), word)

    @override_settings(KEYVAULT_TOKEN_RATE=0)
    def test_beyond_its_rate_a_token_is_told_when_to_come_back(self) -> None:
        for name, operation in OPERATIONS.items():
            with self.subTest(name):
                response = self.perform("olivia", name, operation)
                self.assertRefused(response, 429, "rate-limited")
                self.assertTrue(1 <= int(response["Retry-After"]) <= 60)
