"""A token in use becomes narrower and never wider; what it issued stays within it; its row is signed anew."""

import datetime as dt
from typing import Any

from django.utils import timezone

from keyvault.actor import Actor, TokenKind, Verb
from keyvault.errors import Conflict, Invalid, NotAllowed, NotFound
from keyvault.secrets.services.revealing import reveal_secret
from keyvault.secrets.services.storing import create_secret
from keyvault.secrets.values import Value
from tests.tokens.scene import DAY, HOUR, TokenTestCase, shown
from tokens.models import AccessToken
from tokens.services import authenticate, issue_token, narrow_token, pause_token, revoke_token
from tokens.signing import is_signed

WIDE: dict[str, Any] = {"verbs": [Verb.LIST, Verb.READ, Verb.ADD], "websocket": True}


class NarrowingTests(TokenTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.issued = self.of_service(project=self.shop, environment=self.development, **WIDE)
        self.token = self.now(self.issued.token)
        self.forget_events()

    def narrow(self, who: Actor | None = None, token: AccessToken | None = None, **said: Any) -> AccessToken:
        return narrow_token(actor=who or self.actor(self.adam), token=token or self.token, **said)

    def test_it_is_told_what_it_was_and_is_and_works_on_as_it_is(self) -> None:
        end = (timezone.now() + HOUR).replace(microsecond=0)
        self.narrow(
            verbs=["list"], networks=["203.0.113.0/24"], endpoints=["/v1/chat"], websocket=False, expires_at=end
        )
        (event,) = self.assertEvents("token:change")
        details = event.document["details"]
        self.assertEqual(details["change"], "narrow")
        self.assertEqual(details["verbs"], {"from": ["add", "list", "read"], "to": ["list"]})
        self.assertEqual(details["websocket"], {"from": True, "to": False})
        self.assertEqual(details["expires_at"]["to"], end.isoformat())
        self.assertNotIn("origins", details)
        token = self.now(self.token)
        self.assertTrue(is_signed(token))
        self.assertEqual((token.verbs, token.networks, token.expires_at), (["list"], ["203.0.113.0/24"], end))
        actor = authenticate(shown(self.issued), origin=self.actor(self.adam).origin)
        self.assertEqual(actor.token and actor.token.verbs, {Verb.LIST})

    def test_what_was_taken_away_is_refused_from_the_next_request_on(self) -> None:
        secret = create_secret(
            actor=self.actor(self.olivia), environment=self.development, name="A", value=Value.text("x")
        ).secret
        reveal_secret(actor=self.with_token(self.issued), secret=secret)
        self.narrow(prefixes=["b/*"])
        with self.assertRaises(NotAllowed):
            reveal_secret(actor=self.with_token(self.issued), secret=secret)

    def test_nothing_becomes_wider(self) -> None:
        self.narrow(networks=["203.0.113.0/24"], endpoints=["/v1/chat"], prefixes=["a/*"], websocket=False)
        self.forget_events()
        wider: dict[str, dict[str, Any]] = {
            "verbs": {"verbs": ["list", "delete"]},
            "networks": {"networks": ["203.0.112.0/23"]},
            "prefixes": {"prefixes": []},
            "endpoints": {"endpoints": ["/v1"]},
            "websocket": {"websocket": True},
            "server_calls": {"server_calls": True},
            "may_reveal_production": {"may_reveal_production": True},
            "expires_at": {"expires_at": timezone.now() + 2 * DAY},
        }
        for part, said in wider.items():
            with self.subTest(part), self.assertRaises(Conflict) as refused:
                self.narrow(**said)
            self.assertEqual((refused.exception.rule, refused.exception.extra), ("token-only-narrows", {"field": part}))
            self.assertEvents("token:change:error")
        with self.assertRaises(Conflict):
            self.narrow(networks=[])

    def test_it_keeps_something_and_some_time(self) -> None:
        past = {"expires_at": timezone.now() - HOUR}
        unfit: tuple[dict[str, Any], ...] = ({"verbs": []}, past, {"verbs": ["fly"]}, {"networks": ["x"]})
        for said in unfit:
            with self.subTest(said), self.assertRaises(Invalid):
                self.narrow(**said)
        self.assertEqual(self.now(self.token).verbs, ["add", "list", "read"])

    def test_what_changes_nothing_is_no_event(self) -> None:
        self.narrow(verbs=["read", "list", "add"], websocket=True)
        self.assertNoEvent()

    def test_who_may(self) -> None:
        own = self.personal(self.dev).token
        self.forget_events()
        self.narrow(self.actor(self.dev), own, verbs=["list"])
        self.assertEvents("token:change")
        for who in (self.dev, self.vera):
            with self.assertRaises(NotAllowed):
                self.narrow(self.actor(who), verbs=["list"])
            self.assertEvents("token:change:denied")
        with self.assertRaises(NotFound):
            self.narrow(self.actor(self.mallory), verbs=["list"])

    def test_a_child_that_works_stays_within_it(self) -> None:
        parent = self.personal(self.dev, "Dev's terminal", verbs=[Verb.LIST, Verb.READ, Verb.MANAGE])
        child = issue_token(
            actor=self.with_token(parent), kind=TokenKind.PERSON, name="Script", verbs=["read"], lifetime=HOUR
        ).token
        with self.assertRaises(Conflict) as refused:
            self.narrow(token=parent.token, verbs=["list", "manage"])
        self.assertEqual(refused.exception.rule, "children-reach-farther")
        self.assertIn("Script", refused.exception.detail)
        revoke_token(actor=self.actor(self.dev), token=child, cause="done")
        self.narrow(token=parent.token, verbs=["list", "manage"])

    def test_a_paused_one_is_narrowed_a_final_one_is_not(self) -> None:
        pause_token(actor=self.actor(self.adam), token=self.token)
        self.narrow(verbs=["list"])
        self.assertEqual(self.now(self.token).state, "paused")
        revoke_token(actor=self.actor(self.adam), token=self.token, cause="lost")
        with self.assertRaises(Conflict):
            self.narrow(verbs=["list"])

    def test_a_row_that_was_changed_behind_our_back_is_not_signed(self) -> None:
        AccessToken.objects.filter(pk=self.token.pk).update(verbs=["list", "delete"])
        with self.assertRaises(Conflict) as refused:
            self.narrow(verbs=["delete"])
        self.assertEqual(refused.exception.rule, "token-tampered")

    def test_a_teams_loses_origins_and_endpoints_and_never_the_lists(self) -> None:
        team = self.of_team(origins=["http://localhost:5173", "https://app.example"], endpoints=["openai/v1"]).token
        self.narrow(token=team, origins=["https://app.example"], endpoints=["openai/v1/chat"])
        wider: tuple[dict[str, Any], ...] = ({"origins": []}, {"endpoints": []}, {"verbs": ["list"]})
        for said in wider:
            with self.subTest(said), self.assertRaises(Conflict):
                self.narrow(token=team, **said)

    def test_one_that_reveals_production_is_told_both(self) -> None:
        token = self.of_service("Production", environment=self.production, may_reveal_production=True).token
        with self.assertRaises(Invalid):
            self.narrow(token=token, verbs=["list"])
        self.narrow(token=token, verbs=["list"], may_reveal_production=False)

    def test_its_end_comes_nearer(self) -> None:
        self.narrow(expires_at=timezone.now() + dt.timedelta(minutes=5))
        self.assertLess(self.now(self.token).expires_at, timezone.now() + HOUR)
