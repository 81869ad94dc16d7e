"""What a token may at the gateway: bounds of what is public, settings that a successor and a child keep."""

from typing import Any
from uuid import uuid4

from gateway.models import Limit
from keyvault.actor import TokenKind, Verb
from keyvault.errors import Conflict, Invalid, NotAllowed
from tests.tokens.scene import BOUNDED, DAY, HOUR, TokenTestCase
from tokens.limits import NONE, Limits
from tokens.models import AccessToken
from tokens.services import issue_token, replace_token
from tokens.signing import is_signed

ELSEWHERE = ["203.0.113.0/24"]


class PublicTests(TokenTestCase):
    def test_without_an_address_list_it_is_public_and_bounded(self) -> None:
        token = self.now(self.of_team().token)
        self.assertTrue(token.public)
        limit = Limit.objects.get(token=token)
        self.assertEqual((limit.org_id, limit.requests_per_minute, limit.monthly_cents), (self.acme.pk, 60, 500))
        (event,) = self.assertEvents("token:issue-team")
        self.assertEqual(event.document["details"]["limits"], {"requests_per_minute": 60, "monthly_cents": 500})
        self.assertEqual(event.document["details"]["endpoints"], ["openai/v1/chat"])

    def test_each_bound_is_needed(self) -> None:
        lacking: dict[str, dict[str, Any]] = {
            "monthly_cents": {"limits": Limits(requests_per_minute=60, tokens_per_minute=1, concurrent=1)},
            "requests_per_minute": {"limits": Limits(monthly_cents=500)},
            "endpoints": {"endpoints": []},
        }
        for field, scope in lacking.items():
            with self.assertRaises(Invalid) as refused:
                self.of_team(**scope)
            self.assertEqual(refused.exception.extra["field"], field)
        self.assertFalse(AccessToken.objects.exists() or Limit.objects.exists())

    def test_with_an_address_list_it_is_not(self) -> None:
        token = self.of_team(networks=ELSEWHERE, limits=NONE, endpoints=[]).token
        self.assertFalse(token.public)
        self.assertFalse(Limit.objects.exists())

    def test_a_limit_that_nothing_passes_is_refused(self) -> None:
        for wrong in (0, -1, 2**31):
            with self.assertRaises(Invalid) as refused:
                self.of_team(limits=Limits(requests_per_minute=wrong, monthly_cents=500))
            self.assertEqual(refused.exception.extra["field"], "requests_per_minute")


class ServerCallsTests(TokenTestCase):
    def test_they_pass_an_origin_list_in_development_within_a_budget(self) -> None:
        self.assertTrue(self.now(self.of_team(server_calls=True).token).server_calls)

    def test_nowhere_else(self) -> None:
        wrong: dict[str, dict[str, Any]] = {
            "server_calls": {"environment": self.staging},
            "monthly_cents": {"networks": ELSEWHERE, "limits": NONE},
        }
        for field, scope in wrong.items():
            with self.assertRaises(Invalid) as refused:
                self.of_team(server_calls=True, **scope)
            self.assertEqual(refused.exception.extra["field"], field)
        with self.assertRaises(Invalid):
            self.of_team(server_calls=True, origins=[], networks=ELSEWHERE)
        with self.assertRaises(Invalid):
            self.of_service(origins=["localhost"], server_calls=True, limits=BOUNDED)


class SuccessorTests(TokenTestCase):
    def test_it_keeps_all_settings_and_spends_from_the_same_budget(self) -> None:
        first = self.of_team(server_calls=True, websocket=True).token
        second = replace_token(actor=self.actor(self.olivia), token=first).token
        third = self.now(replace_token(actor=self.actor(self.olivia), token=self.now(second)).token)
        self.assertEqual((third.server_calls, third.websocket, third.endpoints), (True, True, ["openai/v1/chat"]))
        self.assertEqual((self.now(second).line_id, third.line_id), (first.pk, first.pk))
        self.assertEqual([limit.token_id for limit in Limit.objects.all()], [first.pk])
        self.assertTrue(is_signed(third))

    def test_one_whose_bounds_were_taken_away_has_none(self) -> None:
        """Whoever writes to the database frees no public token by having it replaced."""
        token = self.of_team().token
        Limit.objects.update(monthly_cents=None)
        with self.assertRaises(Invalid):
            replace_token(actor=self.actor(self.olivia), token=token)
        self.assertEqual(AccessToken.objects.count(), 1)

    def test_what_was_widened_behind_the_product_s_back_is_not_signed_anew(self) -> None:
        for column, value in {
            "server_calls": True, "websocket": True, "endpoints": ["/v1/files"], "line_id": None, "origins": ["*"],
        }.items():  # fmt: skip
            token = self.of_team(f"Frontend {column}").token
            token = replace_token(actor=self.actor(self.olivia), token=token).token
            AccessToken.objects.filter(pk=token.pk).update(**{column: value})
            with self.assertRaises(Conflict) as refused:
                replace_token(actor=self.actor(self.olivia), token=token)
            self.assertEqual(refused.exception.rule, "token-tampered", column)


class ChildTests(TokenTestCase):
    def test_a_child_is_never_wider(self) -> None:
        settings: dict[str, Any] = {"origins": ["https://*.shop.example"], "endpoints": ["openai/v1"]}
        parent = self.of_service("parent", verbs=[Verb.READ, Verb.MANAGE], **settings)
        narrow: dict[str, Any] = {"origins": ["https://a.shop.example"], "endpoints": ["openai/v1/chat"]}
        wider: dict[str, Any] = {
            "origins": {"origins": ["https://shop.example"]},
            "endpoints": {"endpoints": ["/v1/chat"]},
            "websocket": {"websocket": True},
        }
        for part, change in wider.items():
            with self.assertRaises(NotAllowed) as refused:
                self._child(parent, **{**narrow, **change})
            self.assertIn(part, refused.exception.detail)
        self.assertEqual(self._child(parent, **narrow).token.origins, ["https://a.shop.example"])

    def _child(self, parent: Any, **scope: Any) -> Any:
        return issue_token(
            actor=self.with_token(parent), kind=TokenKind.SERVICE, name=f"child {uuid4()}", verbs=[Verb.READ],
            owner=self.identity(), lifetime=HOUR, **scope,
        )  # fmt: skip


class OldRowTests(TokenTestCase):
    def test_a_row_from_before_these_columns_is_signed_still(self) -> None:
        """Its MAC is over the columns that there were."""
        token = self.now(self.of_service(lifetime=DAY).token)
        self.assertFalse(token.server_calls or token.websocket or token.endpoints or token.line_id)
        self.assertTrue(is_signed(token))
