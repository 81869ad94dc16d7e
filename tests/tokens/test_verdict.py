"""One verdict from a row: what is final first, what can be mended last."""

import datetime as dt
from dataclasses import replace
from typing import Any
from unittest import TestCase
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from keyvault.actor import ActorType, Origin, Role, TokenKind, Verb
from keyvault.networks import admits
from tokens.integrity import row_mac
from tokens.rows import FIELDS, TokenRow, bound, read
from tokens.verdict import REFUSALS, Standing, Verdict, judge

NOW = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(seconds=1)
GOOD = Standing(authentic=True, state="active", owner_active=True, expires_at=LATER)
PEPPER = b"p" * 32
ORIGIN = Origin("203.0.113.7", "curl/8")
ROW = TokenRow(
    id=UUID(int=1),
    org_id=UUID(int=2),
    kind="p",
    name="Ana's laptop",
    digest=b"d" * 32,
    mac=b"",
    membership_id=UUID(int=3),
    service_id=None,
    project_id=UUID(int=4),
    environment_id=None,
    prefixes=["api/*"],
    verbs=["list", "read"],
    networks=[],
    origins=[],
    may_reveal_production=False,
    expires_at=LATER,
    parent_id=None,
    server_calls=False,
    websocket=False,
    endpoints=[],
    line_id=None,
    state="active",
    org_slug="acme",
    org_networks=[],
    role="developer",
    ended_at=None,
    ends_on=None,
    user_id=UUID(int=5),
    email="ana@acme.example",
    is_active=True,
    service_slug=None,
    disabled_at=None,
)


def signed(**changes: Any) -> TokenRow:
    row = replace(ROW, **changes)
    return replace(row, mac=row_mac(PEPPER, bound(row)))


def verdict(row: TokenRow, now: dt.datetime = NOW) -> Verdict:
    return read(row, pepper=PEPPER, origin=ORIGIN, now=now)[0]


class JudgeTests(TestCase):
    def test_each_fault_alone_has_its_word(self) -> None:
        faults: dict[Verdict, dict[str, Any]] = {
            Verdict.USABLE: {},
            Verdict.TAMPERED: {"authentic": False},
            Verdict.REVOKED: {"state": "revoked"},
            Verdict.EXPIRED: {"expires_at": NOW},
            Verdict.OWNER_GONE: {"owner_active": False},
            Verdict.PAUSED: {"state": "paused"},
            Verdict.WRONG_NETWORK: {"networks": ["10.0.0.0/8"]},
            Verdict.OUTSIDE_ORGANIZATION: {"org_networks": ["10.0.0.0/8"]},
        }
        self.assertEqual(set(faults), set(Verdict))
        for word, fault in faults.items():
            self.assertEqual(judge(replace(GOOD, **fault), address="203.0.113.7", now=NOW), word)

    @given(st.booleans(), st.sampled_from(["active", "paused", "revoked", "", "ACTIVE"]), st.booleans(), st.booleans())
    def test_usable_means_that_nothing_at_all_is_wrong(
        self, authentic: bool, state: str, active: bool, late: bool
    ) -> None:
        standing = Standing(authentic, state, active, NOW if late else LATER, ["203.0.113.0/24"])
        usable = authentic and state == "active" and active and not late
        self.assertEqual(judge(standing, address="203.0.113.7", now=NOW) is Verdict.USABLE, usable)
        self.assertIsNot(judge(standing, address="203.0.114.7", now=NOW), Verdict.USABLE)

    def test_final_words_come_before_those_that_can_be_mended(self) -> None:
        wrong = Standing(True, "paused", False, NOW, ["10.0.0.0/8"])
        self.assertIs(judge(replace(wrong, state="revoked"), address=None, now=NOW), Verdict.REVOKED)
        self.assertIs(judge(wrong, address=None, now=NOW), Verdict.EXPIRED)
        self.assertIs(judge(replace(wrong, expires_at=LATER), address=None, now=NOW), Verdict.OWNER_GONE)

    def test_a_list_of_networks_admits_what_lies_in_one_of_them(self) -> None:
        networks = ["10.0.0.0/8", "2001:db8::/32", "203.0.113.7/32"]
        for address in ("10.255.0.1", "2001:db8:1::1", "203.0.113.7", "::ffff:10.0.0.1"):
            self.assertTrue(admits(networks, address), address)
        for other in ("11.0.0.1", "2001:db9::1", "203.0.113.8", None, "", "junk"):
            self.assertFalse(admits(networks, other), other)

    def test_every_refusal_but_that_of_a_forgery_is_explained(self) -> None:
        self.assertEqual(set(REFUSALS), set(Verdict) - {Verdict.USABLE, Verdict.TAMPERED})
        self.assertTrue(all(refusal.rule and refusal.sentence and refusal.remedy for refusal in REFUSALS.values()))


class RowTests(TestCase):
    def test_a_person_acts_by_its_membership(self) -> None:
        word, actor = read(signed(), pepper=PEPPER, origin=ORIGIN, now=NOW)
        self.assertIs(word, Verdict.USABLE)
        self.assertEqual((actor.type, actor.id, actor.name), (ActorType.PERSON, UUID(int=5), "ana@acme.example"))
        self.assertEqual((actor.org_id, actor.membership_id, actor.role), (UUID(int=2), UUID(int=3), Role.DEVELOPER))
        self.assertEqual((actor.origin, actor.stepped_up), (ORIGIN, False))
        assert actor.token is not None
        self.assertEqual((actor.token.token_id, actor.token.kind), (UUID(int=1), TokenKind.PERSON))
        self.assertEqual((actor.token.verbs, actor.token.prefixes), ({Verb.LIST, Verb.READ}, ("api/*",)))
        self.assertEqual((actor.token.project_id, actor.token.environment_id), (UUID(int=4), None))

    def test_a_service_identity_acts_without_a_role(self) -> None:
        service = {"membership_id": None, "service_id": UUID(int=9), "service_slug": "deploy", "role": None}
        for kind in "sc":
            word, actor = read(signed(kind=kind, **service), pepper=PEPPER, origin=ORIGIN, now=NOW)
            self.assertIs(word, Verdict.USABLE)
            self.assertEqual((actor.type, actor.id, actor.name), (ActorType.SERVICE, UUID(int=9), "deploy"))
            self.assertEqual((actor.role, actor.membership_id), (None, None))
            self.assertIs(verdict(signed(kind=kind, **service, disabled_at=NOW)), Verdict.OWNER_GONE)

    def test_a_team_token_is_nobody_s_and_goes_by_its_own_name(self) -> None:
        row = signed(kind="t", name="Shop frontend", membership_id=None, role=None, networks=["203.0.113.0/24"])
        word, actor = read(row, pepper=PEPPER, origin=ORIGIN, now=NOW)
        self.assertIs(word, Verdict.USABLE)
        self.assertEqual((actor.type, actor.id, actor.name), (ActorType.SERVICE, None, "Shop frontend"))

    def test_a_personal_token_dies_with_its_membership(self) -> None:
        yesterday, today = dt.date(2026, 11, 23), dt.date(2026, 11, 24)
        for gone in (
            {"ended_at": NOW},
            {"ends_on": yesterday},
            {"is_active": False},
            {"role": None, "is_active": None},
        ):
            self.assertIs(verdict(signed(**gone)), Verdict.OWNER_GONE, gone)
        self.assertIs(verdict(signed(ends_on=today)), Verdict.USABLE)

    def test_the_day_of_an_engagement_is_one_of_utc(self) -> None:
        row = signed(ends_on=dt.date(2026, 11, 24), expires_at=NOW + dt.timedelta(days=9))
        west = dt.timezone(dt.timedelta(hours=-8))
        self.assertIs(verdict(row, dt.datetime(2026, 11, 24, 15, 59, tzinfo=west)), Verdict.USABLE)
        self.assertIs(verdict(row, dt.datetime(2026, 11, 24, 16, 0, tzinfo=west)), Verdict.OWNER_GONE)

    def test_a_row_changed_behind_the_services_back_is_believed_in_nothing(self) -> None:
        changes: dict[str, Any] = {
            "kind": "s",
            "membership_id": UUID(int=8),
            "project_id": None,
            "prefixes": [],
            "verbs": ["list", "read", "manage"],
            "networks": ["0.0.0.0/0"],
            "may_reveal_production": True,
            "expires_at": NOW + dt.timedelta(days=999),
            "org_id": UUID(int=7),
            "parent_id": UUID(int=7),
        }
        for name, value in changes.items():
            word, actor = read(replace(signed(), **{name: value}), pepper=PEPPER, origin=ORIGIN, now=NOW)
            self.assertIs(word, Verdict.TAMPERED, name)
            self.assertEqual((actor.type, actor.org_id, actor.token), (ActorType.ANONYMOUS, None, None))

    def test_a_row_is_read_by_the_names_of_its_columns(self) -> None:
        columns = {name: getattr(ROW, name) for name in FIELDS} | {"tier": "prd", "grants": []}
        self.assertEqual(TokenRow.of(columns), ROW)
