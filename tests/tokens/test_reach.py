"""How far a token reaches: the input made clean, and no child that reaches farther than its parent."""

import datetime as dt
from dataclasses import replace
from typing import Any
from unittest import TestCase
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from keyvault.actor import Actor, ActorType, Role, TokenKind, TokenScope, Verb
from keyvault.errors import Invalid
from keyvault.networks import admits
from orgs.decide import decide
from orgs.names import MOST
from orgs.permissions import Action
from tests.orgs.strategies import PREFIXES, grants, invented_places, targets
from tokens.reach import Reach, clean_endpoints, clean_networks, clean_origins, clean_prefixes, clean_verbs, wider_part

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
PLACES = invented_places()
PARENT = Reach(
    verbs=frozenset({Verb.LIST, Verb.READ, Verb.MANAGE}),
    project_id=UUID(int=1),
    environment_id=UUID(int=2),
    prefixes=("api-keys/*", "STRIPE_KEY"),
    networks=("10.0.0.0/8", "2001:db8::/32"),
    origins=("https://a.example", "https://b.example"),
    may_reveal_production=False,
    expires_at=NOW,
    endpoints=("/v1/chat", "openai/v1/models"),
)
NETWORKS = ("10.0.0.0/8", "10.1.0.0/16", "10.1.2.3/32", "0.0.0.0/1", "2001:db8::/32", "2001:db8:1::/48", "fd00::/8")

projects = [(None, None), *((place.ref.id, None) for place in PLACES.projects)]
environments = [(place.ref.id, ref.id) for place in PLACES.projects for ref, _, _ in place.environments]


@st.composite
def reaches(draw: st.DrawFn) -> Reach:
    project_id, environment_id = draw(st.sampled_from([*projects, *environments]))
    return Reach(
        verbs=frozenset({Verb.MANAGE}) | draw(st.frozensets(st.sampled_from(Verb))),
        project_id=project_id,
        environment_id=environment_id,
        prefixes=clean_prefixes(draw(st.lists(st.sampled_from(PREFIXES), max_size=2))),
        networks=tuple(draw(st.lists(st.sampled_from(NETWORKS), max_size=2))),
        origins=tuple(draw(st.lists(st.sampled_from(["https://a.example", "https://b.example"]), max_size=2))),
        may_reveal_production=draw(st.booleans()),
        expires_at=NOW + dt.timedelta(hours=draw(st.integers(0, 3))),
    )


def acting(reach: Reach, actor_type: ActorType, role: Role) -> Actor:
    scope = TokenScope(
        token_id=UUID(int=9),
        name="token",
        kind=TokenKind.PERSON if actor_type is ActorType.PERSON else TokenKind.SERVICE,
        verbs=reach.verbs,
        project_id=reach.project_id,
        environment_id=reach.environment_id,
        prefixes=reach.prefixes,
        may_reveal_production=reach.may_reveal_production,
    )
    person = actor_type is ActorType.PERSON
    return Actor(actor_type, UUID(int=8), "who", org_id=PLACES.org.id, role=role if person else None, token=scope)


class NarrowingTests(TestCase):
    def test_the_same_reach_is_not_wider(self) -> None:
        self.assertIsNone(wider_part(PARENT, PARENT))

    def test_each_part_that_is_wider_is_named(self) -> None:
        wider: dict[str, Any] = {
            "verbs": frozenset({Verb.LIST, Verb.DELETE}),
            "project": UUID(int=7),
            "environment": None,
            "prefixes": (),
            "networks": (),
            "origins": (),
            "may_reveal_production": True,
            "expires_at": NOW + dt.timedelta(microseconds=1),
            "server_calls": True,
            "websocket": True,
            "endpoints": (),
        }
        fields = {"project": "project_id", "environment": "environment_id"}
        for part, value in wider.items():
            child = replace(PARENT, **{fields.get(part, part): value})
            self.assertEqual(wider_part(child, PARENT), part)

    def test_paths_networks_and_origins_are_compared_by_what_they_admit(self) -> None:
        narrower = replace(
            PARENT, prefixes=("api-keys/team-*",), networks=("10.1.0.0/16",), origins=("https://b.example",)
        )
        self.assertIsNone(wider_part(narrower, PARENT))
        for prefix in ("api-*", "STRIPE_KEY*", "api-keys", "db"):
            self.assertEqual(wider_part(replace(narrower, prefixes=(prefix,)), PARENT), "prefixes", prefix)
        for network in ("8.0.0.0/5", "11.0.0.0/8", "2001::/16"):
            self.assertEqual(wider_part(replace(narrower, networks=("10.1.0.0/16", network)), PARENT), "networks")

    def test_origins_and_endpoints_are_compared_by_what_they_admit(self) -> None:
        parent = replace(
            PARENT, origins=("https://*.shop.example", "localhost"), endpoints=("/v1/models", "openai/*/chat")
        )
        covered = {
            "origins": ("https://a.shop.example", "https://*.eu.shop.example", "http://localhost:5173", "localhost:80"),
            "endpoints": ("/v1/models/x", "openai/v1/models", "/v1/models:batch", "openai/v1/chat", "openai/*/chat/x"),
        }
        beyond = {
            "origins": ("https://shop.example", "http://a.shop.example", "https://a.shop.example:8443", "*.example.com",
                        "http://127.0.0.1", "https://a.shop.example.evil.example", "https://evilshop.example"),
            "endpoints": ("/v1", "/v1/models-admin", "/v1/*", "anthropic/v1/chat", "/v1/chat", "openai/v1", "/*/m"),
        }  # fmt: skip
        cleaners = {"origins": clean_origins, "endpoints": clean_endpoints}
        for part, entries in covered.items():
            child = replace(parent, **{part: cleaners[part](entries)})  # type: ignore[arg-type]
            self.assertIsNone(wider_part(child, parent), part)
        for part, entries in beyond.items():
            for entry in entries:
                child = replace(parent, **{part: cleaners[part]([entry])})  # type: ignore[arg-type]
                self.assertEqual(wider_part(child, parent), part, entry)

    def test_calls_from_servers_are_no_gain_where_there_is_no_list_of_origins(self) -> None:
        parent = replace(PARENT, origins=())
        child = replace(parent, origins=("https://a.example",), server_calls=True)
        self.assertIsNone(wider_part(child, parent))

    @settings(max_examples=600, deadline=None)
    @given(
        reaches(),
        reaches(),
        st.sampled_from(Action),
        targets(PLACES),
        st.lists(grants(PLACES), max_size=3),
        st.sampled_from([ActorType.PERSON, ActorType.SERVICE]),
        st.sampled_from(Role),
    )
    def test_a_child_may_nothing_that_its_parent_may_not(
        self,
        child: Reach,
        parent: Reach,
        action: Action,
        target: object,
        held: list[object],
        kind: ActorType,
        role: Role,
    ) -> None:
        if wider_part(child, parent) is not None:
            return
        question = {"target": target, "grants": held}
        allowed = decide(action, actor=acting(child, kind, role), **question).allowed  # type: ignore[arg-type]
        if allowed:
            self.assertTrue(decide(action, actor=acting(parent, kind, role), **question).allowed)  # type: ignore[arg-type]

    @given(reaches(), reaches(), st.sampled_from(["10.1.2.3", "10.9.9.9", "1.2.3.4", "2001:db8:1::1", "fd00::1", None]))
    def test_a_child_is_admitted_nowhere_that_its_parent_is_not(
        self, child: Reach, parent: Reach, address: str | None
    ) -> None:
        if wider_part(child, parent) is None and (not child.networks or admits(child.networks, address)):
            self.assertTrue(not parent.networks or admits(parent.networks, address))


class CleaningTests(TestCase):
    def test_networks_are_cidr_without_host_bits(self) -> None:
        self.assertEqual(clean_networks([" 203.0.113.7", "10.0.0.0/8", "10.0.0.0/8"]), ("10.0.0.0/8", "203.0.113.7/32"))
        self.assertEqual(clean_networks(["2001:DB8::/32", "::ffff:10.0.0.1"]), ("10.0.0.1/32", "2001:db8::/32"))
        for wrong in ("", "x", "10.0.0.1/8", "10.0.0.0/33", "0.0.0.0/0", "::/0", "fe80::1%eth0", "10.0.0.0-10.0.0.9"):
            with self.assertRaises(Invalid) as refused:
                clean_networks(["10.0.0.0/8", wrong])
            self.assertEqual(refused.exception.extra["field"], "networks")
            self.assertIn("Entry 2", refused.exception.detail)

    def test_host_bits_get_a_proposal(self) -> None:
        with self.assertRaises(Invalid) as refused:
            clean_networks(["10.1.2.3/8"])
        self.assertIn("perhaps 10.0.0.0/8 is meant", refused.exception.detail)

    def test_origins_are_as_browsers_send_them(self) -> None:
        written = {
            "shop.example": "https://shop.example",
            "shop.example:8443": "https://shop.example:8443",
            "*.shop.example": "https://*.shop.example",
            "http://*.shop.example:80": "http://*.shop.example",
            "localhost": "localhost",
            "localhost:5173": "localhost:5173",
            "[::0001]": "[::1]",
            "https://Shop.Example/": "https://shop.example",
            "https://shop.example:443": "https://shop.example",
            "http://shop.example:443": "http://shop.example:443",
            "http://localhost:5173": "http://localhost:5173",
            "http://127.0.0.1:80": "http://127.0.0.1",
            "http://[2001:DB8::0:1]:3000": "http://[2001:db8::1]:3000",
        }
        for text, origin in written.items():
            self.assertEqual(clean_origins([text]), (origin,))

    def test_what_is_no_origin_is_refused(self) -> None:
        wrong = """null NULL https://null * *.com *.localhost *.127.0.0.1 a.*.example **.a.example https:// https://*.example
            https://a.example/path https://a.example?x https://a.example#
            https://u@a.example ftp://a.example //a.example https://a..example https://-a.example
            https://a.example:0 https://a.example:65536 https://a.example: https://münchen.example https://[::1
            https://[1.2.3.4] https://[::ffff:1.2.3.4] javascript:alert(1)""".split()
        wrong += ["1.2.3", "https://256.1.1.1", "https://1.2.3.4.5", "https://0x7f.1"]
        for text in [*wrong, "", "https://a\texample", "https://a.example\nhttps://b.example", "https://" + "a" * 300]:
            with self.assertRaises(Invalid) as refused:
                clean_origins([text])
            self.assertEqual(refused.exception.extra["field"], "origins", text)

    def test_endpoints_are_paths_with_or_without_a_provider(self) -> None:
        written = {
            "/v1/chat/completions/": "/v1/chat/completions",
            "openai/v1/responses": "openai/v1/responses",
            "my-llm/*/chat": "my-llm/*/chat",
            "/v1beta/models/gemini:generateContent": "/v1beta/models/gemini:generateContent",
        }
        for text, endpoint in written.items():
            self.assertEqual(clean_endpoints([text]), (endpoint,))
        wrong = """/ * /* openai openai/ openai/* //v1 /v1//x /v1/../x /v1/..;x /v1/x. /v1/%2e /v1/a*b OpenAI/v1 /v1?x=1
            https://api.openai.com/v1""".split()
        for text in [*wrong, "", "/v1/" + "a" * 300, "/v1\n/v2", "/v1/a b"]:
            with self.assertRaises(Invalid) as refused:
                clean_endpoints([text])
            self.assertEqual(refused.exception.extra["field"], "endpoints", text)

    def test_prefixes_that_cover_all_are_no_limit(self) -> None:
        self.assertEqual(clean_prefixes(["b", "a/*", "b"]), ("a/*", "b"))
        self.assertEqual(clean_prefixes(["a/*", "*"]), ())
        for wrong in ("a*b", "../x", "/a", "a//b", "a b", "x" * 513):
            with self.assertRaises(Invalid) as refused:
                clean_prefixes([wrong])
            self.assertEqual(refused.exception.extra["field"], "prefixes")

    def test_verbs_are_those_that_there_are(self) -> None:
        self.assertEqual(clean_verbs(["read", "list", "read"]), {Verb.READ, Verb.LIST})
        with self.assertRaises(Invalid):
            clean_verbs(["read", "kvp_any_000"])

    def test_a_list_is_no_table(self) -> None:
        for clean, entry in ((clean_networks, "10.0.0.1"), (clean_origins, "https://a.example"), (clean_prefixes, "a")):
            with self.assertRaises(Invalid):
                clean([entry] * (MOST + 1))

    @given(st.text(max_size=40))
    def test_a_refusal_never_shows_what_was_given(self, text: str) -> None:
        secret = f"kvp_any_{text}"
        for clean in (clean_networks, clean_origins, clean_endpoints, clean_prefixes, clean_verbs):
            try:
                clean([secret])
            except Invalid as refused:
                self.assertNotIn(secret, refused.detail)

    @given(st.lists(st.text(max_size=30), max_size=3))
    def test_any_text_is_made_clean_or_refused(self, entries: list[str]) -> None:
        for clean in (clean_networks, clean_origins, clean_endpoints, clean_prefixes):
            try:
                cleaned = clean(entries)
            except Invalid:
                continue
            self.assertEqual(clean(cleaned), cleaned)
