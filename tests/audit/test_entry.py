"""The bytes of an event: what may stand in them, that they are canonical, and that they stay what they are."""

import datetime as dt
import json
from typing import Any
from unittest import TestCase
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from audit.entry import (
    AGENT_LIMIT,
    ENTRY_LIMIT,
    INSTANCE,
    JSON,
    LABEL_LIMIT,
    NotCanonical,
    Outcome,
    Receipt,
    canonical,
    clip,
    compose,
    leaf_hash,
    row_mac,
)
from keyvault.actor import Actor, ActorType, Origin, TokenKind, TokenScope, Verb, system
from keyvault.target import Ref, Target

AT = dt.datetime(2026, 11, 21, 6, 30, 26, 123456, tzinfo=dt.UTC)
ID = UUID("019aa4c8-2b7b-7e6f-8123-456789abcdef")
ORG = UUID("01990000-0000-7000-8000-000000000001")

# NOTE: stored for ever. If one of these three no longer holds, every log in the world has just become unverifiable.
GOLDEN_ENTRY = (
    b'{"about":{"id":"01990000-0000-7000-8000-000000000008","name":"Vera"},"action":"token:issue-service",'
    b'"actor":{"id":"01990000-0000-7000-8000-000000000002","name":"Ad\xc3\xa4m \\"A\\"","type":"person"},'
    b'"details":{"count":2,"kinds":["s","c"],"offered":true,"until":null},'
    b'"env":{"id":"01990000-0000-7000-8000-000000000004","name":"production"},'
    b'"id":"019aa4c8-2b7b-7e6f-8123-456789abcdef","ip":"2001:db8::7",'
    b'"on_token":{"id":"01990000-0000-7000-8000-000000000007","name":"deploy"},'
    b'"org":{"id":"01990000-0000-7000-8000-000000000001","name":"Acme"},"outcome":"success",'
    b'"project":{"id":"01990000-0000-7000-8000-000000000003","name":"payments"},"reason":"quarterly",'
    b'"req":"01990000-0000-4000-8000-000000000009",'
    b'"secret":{"id":"01990000-0000-7000-8000-000000000005","name":"billing/STRIPE_KEY"},'
    b'"token":{"id":"01990000-0000-7000-8000-000000000006","name":"laptop"},'
    b'"ts":"2026-11-21T06:30:26.123456Z","ua":"curl/8.5\\r\\nX: \xe2\x80\xa8","v":1,"version":3}'
)
GOLDEN_MAC = "c56aa6205c86e49f1ec512b59630df98b7c74968b770e1a6c85b74f4f3514f4c"
GOLDEN_LEAF = "279a474cf26c8b077821599e0d86a0fb7dc9b3f7219d726f947b50b1e12e0b47"


def numbered(last: int, name: str) -> Ref:
    return Ref(UUID(f"01990000-0000-7000-8000-{last:012d}"), name)


def composed(**changes: Any) -> bytes:
    facts: dict[str, Any] = {
        "event_id": ID,
        "at": AT,
        "action": "secret:reveal",
        "outcome": Outcome.SUCCESS,
        "actor": system("worker"),
        "on": Target(org=None),
        "reason": "",
        "details": {},
    }
    return compose(**{**facts, **changes})


class GoldenTests(TestCase):
    def entry(self) -> bytes:
        token = TokenScope(numbered(6, "").id, "laptop", TokenKind.PERSON, frozenset({Verb.MANAGE}))
        origin = Origin("2001:db8::7", "curl/8.5\r\nX: \u2028", UUID("01990000-0000-4000-8000-000000000009"))
        return composed(
            action="token:issue-service",
            actor=Actor(ActorType.PERSON, numbered(2, "").id, 'Adäm "A"', origin, token=token),
            on=Target(
                org=Ref(ORG, "Acme"),
                project=numbered(3, "payments"),
                environment=numbered(4, "production"),
                secret=numbered(5, "billing/STRIPE_KEY"),
                version=3,
                token=numbered(7, "deploy"),
                about=numbered(8, "Vera"),
            ),
            reason="quarterly",
            details={"until": None, "kinds": ["s", "c"], "count": 2, "offered": True},
        )

    def test_version_1_of_an_entry_is_these_bytes(self) -> None:
        self.assertEqual(self.entry(), GOLDEN_ENTRY)

    def test_row_mac_of_version_1_is_these_bytes(self) -> None:
        self.assertEqual(row_mac(bytes(range(32)), ORG, GOLDEN_ENTRY).hex(), GOLDEN_MAC)

    def test_leaf_hash_is_these_bytes(self) -> None:
        self.assertEqual(leaf_hash(GOLDEN_ENTRY).hex(), GOLDEN_LEAF)

    def test_receipt_names_the_event_and_its_leaf(self) -> None:
        self.assertEqual(str(Receipt(ID, leaf_hash(GOLDEN_ENTRY))), f"{ID}:{GOLDEN_LEAF}")

    def test_mac_depends_on_key_organization_and_every_byte(self) -> None:
        mac = row_mac(bytes(32), ORG, b"{}")
        others = [
            row_mac(bytes(31) + b"\1", ORG, b"{}"),
            row_mac(bytes(32), INSTANCE, b"{}"),
            row_mac(bytes(32), ORG, b"{ }"),
        ]
        self.assertNotIn(mac, others)

    def test_leaf_of_nothing_is_the_one_of_rfc_6962_test_vectors(self) -> None:
        self.assertEqual(leaf_hash(b"").hex(), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")


texts = st.text(st.characters(codec="utf-8"), max_size=40)
keys = st.from_regex(r"[a-z_][a-z0-9_]{0,9}", fullmatch=True)
documents = st.dictionaries(
    keys,
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=12,
    ),
    max_size=6,
)

_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def by_the_rfc(value: JSON) -> str:
    """RFC 8785 §3.2.2 and §3.2.3 word by word: literals, shortest integers, minimal escapes, keys by UTF-16 units."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return '"' + "".join(_SHORT.get(c, f"\\u{ord(c):04x}" if ord(c) < 0x20 else c) for c in value) + '"'
    if isinstance(value, dict):
        ordered = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(f"{by_the_rfc(key)}:{by_the_rfc(value[key])}" for key in ordered) + "}"
    assert isinstance(value, list)
    return "[" + ",".join(by_the_rfc(inner) for inner in value) + "]"


class CanonicalTests(TestCase):
    @given(documents)
    def test_equals_rfc_8785_on_every_document_it_accepts(self, document: dict[str, JSON]) -> None:
        self.assertEqual(canonical(document), by_the_rfc(document).encode())

    @given(documents)
    def test_reads_back_as_it_was_and_is_one_line(self, document: dict[str, JSON]) -> None:
        entry = canonical(document)
        self.assertEqual(json.loads(entry), document)
        self.assertEqual(len(entry.split(b"\n")), 1)

    def test_refuses_what_json_writers_disagree_about(self) -> None:
        for value in (1.0, float("nan"), 2**53, -(2**53), 2**64, "\ud800", b"x", UUID(int=1), {1}, AT):
            with self.subTest(value=value), self.assertRaises(NotCanonical):
                canonical({"a": [value]})  # type: ignore[list-item]

    def test_refuses_keys_whose_order_depends_on_the_encoding(self) -> None:
        for key in ("", "Name", "ä", "\U0001f600", "a-b", "1a", "a" * 65, "a\n"):
            with self.subTest(key=key), self.assertRaises(NotCanonical):
                canonical({"a": {key: 1}})


class LimitTests(TestCase):
    @given(st.text(max_size=60), st.integers(64, 600))
    def test_clipped_text_fits_and_is_kept_where_it_fits(self, text: str, limit: int) -> None:
        clipped = clip(text * 40, limit)
        self.assertLessEqual(len(by_the_rfc(clipped).encode()) - 2, limit)
        if text.isprintable() and len(by_the_rfc(text * 40).encode()) - 2 <= limit:
            self.assertEqual(clipped, text * 40)

    @given(st.text(min_size=1, max_size=9))
    def test_no_text_makes_an_entry_too_large_or_two_lines(self, text: str) -> None:
        label = Ref(ID, text * 10_000)
        everywhere = Target(label, label, label, secret=label, token=label, about=label, version=1)
        origin = Origin("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", label.name)
        entry = composed(
            actor=Actor(ActorType.PERSON, ID, label.name, origin),
            on=everywhere,
            reason=label.name,
            details={f"k{n}": label.name for n in range(40)},
        )
        self.assertLessEqual(len(entry), ENTRY_LIMIT)
        self.assertEqual(canonical(json.loads(entry)), entry)
        self.assertNotIn(b"\n", entry)

    def test_lone_surrogates_and_nul_are_replaced_where_clients_write(self) -> None:
        entry = json.loads(composed(actor=system("worker\0"), reason="\udfff", details={"agent": "a\ud800b"}))
        self.assertEqual(entry["actor"]["name"], "worker\ufffd")
        self.assertEqual(entry["reason"], "\ufffd")
        self.assertEqual(entry["details"], {"agent": "a\ufffdb"})

    def test_carriage_returns_and_line_feeds_stay_escaped(self) -> None:
        entry = composed(actor=Actor(ActorType.PERSON, ID, "x", Origin(None, "a\r\nSet-Cookie: b\u2028c\x1b[2J")))
        self.assertIn('"ua":"a\\r\\nSet-Cookie: b\u2028c\\u001b[2J"'.encode(), entry)

    def test_names_of_10_kilobytes_are_cut_with_an_ellipsis(self) -> None:
        entry = json.loads(composed(actor=system("n" * 10_000)))
        self.assertRegex(entry["actor"]["name"], r"^n{500,}…$")
        self.assertLessEqual(len(entry["actor"]["name"].encode()), LABEL_LIMIT)

    def test_longest_path_of_a_secret_is_kept_whole(self) -> None:
        path = "a" * 250 + "/" + "B" * 261
        self.assertEqual(json.loads(composed(on=Target(None, secret=Ref(ID, path))))["secret"]["name"], path)

    def test_long_agents_are_cut(self) -> None:
        entry = json.loads(composed(actor=Actor(ActorType.PERSON, ID, "x", Origin(None, "🙂" * 1000))))
        self.assertLessEqual(len(entry["ua"].encode()), AGENT_LIMIT)
        self.assertTrue(entry["ua"].startswith("🙂"))

    def test_details_without_room_are_left_out_and_counted(self) -> None:
        entry = json.loads(
            composed(details={"first": 1, "names": ["n" * 1000] * 20, "also": ["m" * 1000] * 20, "last": 2})
        )
        self.assertEqual(entry["details"], {"first": 1, "last": 2, "truncated": 2})

    def test_details_of_just_the_limit_are_whole(self) -> None:
        room = ENTRY_LIMIT - len(composed(details={"a": "", "b": ["x" * 1024] * 15}))
        exact = composed(details={"a": "y" * min(room, 1024), "b": ["x" * 1024] * 15})
        self.assertNotIn(b"truncated", exact)
        self.assertLessEqual(len(exact), ENTRY_LIMIT)

    def test_floats_in_details_are_refused_not_rounded(self) -> None:
        with self.assertRaises(NotCanonical):
            composed(details={"seconds": 0.1})
