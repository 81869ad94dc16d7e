"""Digest and row MAC: golden bytes for version 1, and no two rows alike."""

import datetime as dt
from dataclasses import fields, replace
from typing import Any
from unittest import TestCase
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tokens.integrity import Bound, digest, encode, is_authentic, row_mac

PEPPER = bytes(range(32))
TOKEN = "kvs_prd_7Hq2LmZ0aB3dE5fG7hJ9kL1mN3pQ5r3sdxzK"
ROW = Bound(
    id=UUID("01990000-0000-7000-8000-000000000001"),
    digest=bytes.fromhex("11" * 32),
    org_id=UUID("01990000-0000-7000-8000-000000000002"),
    kind="s",
    membership_id=None,
    service_id=UUID("01990000-0000-7000-8000-000000000003"),
    project_id=UUID("01990000-0000-7000-8000-000000000004"),
    environment_id=UUID("01990000-0000-7000-8000-000000000005"),
    prefixes=["api-keys/*", "STRIPE_KEY"],
    verbs=["list", "read"],
    networks=["203.0.113.0/24"],
    origins=["https://shop.example"],
    may_reveal_production=True,
    expires_at=dt.datetime(2026, 11, 24, 12, 30, 15, 123456, tzinfo=dt.UTC),
    parent_id=None,
)

GOLDEN_DIGEST = "679a719d2af0c836824dbc9a2aa0e52d08cc25e3d45348b06618b81642ee6522"
GOLDEN_MAC = "51516504c810ae113d2fd979a6f2a98040104ffaa52e475eb838ac0bc8d7e64a"
AT_THE_GATEWAY = replace(
    ROW,
    server_calls=True,
    endpoints=["/v1/chat/completions"],
    line_id=UUID("01990000-0000-7000-8000-000000000006"),
)
GOLDEN_MAC_AT_THE_GATEWAY = "301fc1631d70be9cce18675f05ce9f35e9b4c30740227d05dc47784830132982"
GOLDEN_ADDITION = (
    "00000001" "01"
    "00000001" "00"
    "00000018" "00000014" "2f76312f636861742f636f6d706c6574696f6e73"
    "00000010" "01990000000070008000000000000006"
)  # fmt: skip
GOLDEN_ENCODING = (
    "00000010" "01990000000070008000000000000001"
    "00000020" "1111111111111111111111111111111111111111111111111111111111111111"
    "00000010" "01990000000070008000000000000002"
    "00000001" "73"
    "00000000"
    "00000010" "01990000000070008000000000000003"
    "00000010" "01990000000070008000000000000004"
    "00000010" "01990000000070008000000000000005"
    "0000001c" "0000000a" "6170692d6b6579732f2a" "0000000a" "5354524950455f4b4559"
    "00000010" "00000004" "6c697374" "00000004" "72656164"
    "00000012" "0000000e" "3230332e302e3131332e302f3234"
    "00000018" "00000014" "68747470733a2f2f73686f702e6578616d706c65"
    "00000001" "01"
    "00000008" "00066104df582600"
    "00000000"
)  # fmt: skip

uuids = st.uuids() | st.just(UUID(int=0))
texts = st.lists(st.text(max_size=6), max_size=3)
rows = st.builds(
    Bound,
    id=uuids,
    digest=st.binary(min_size=32, max_size=32),
    org_id=uuids,
    kind=st.sampled_from("psct"),
    membership_id=st.none() | uuids,
    service_id=st.none() | uuids,
    project_id=st.none() | uuids,
    environment_id=st.none() | uuids,
    prefixes=texts,
    verbs=texts,
    networks=texts,
    origins=texts,
    may_reveal_production=st.booleans(),
    expires_at=st.datetimes(timezones=st.just(dt.UTC)),
    parent_id=st.none() | uuids,
    server_calls=st.booleans(),
    websocket=st.booleans(),
    endpoints=texts,
    line_id=st.none() | uuids,
)
OTHER: dict[str, Any] = {
    "id": UUID(int=1),
    "digest": bytes(32),
    "org_id": UUID(int=1),
    "kind": "c",
    "membership_id": UUID(int=1),
    "service_id": None,
    "project_id": None,
    "environment_id": None,
    "prefixes": ["api-keys/*STRIPE_KEY"],
    "verbs": ["list", "read", "manage"],
    "networks": [],
    "origins": ["https://shop.example", ""],
    "may_reveal_production": False,
    "expires_at": ROW.expires_at + dt.timedelta(microseconds=1),
    "parent_id": UUID(int=0),
    "server_calls": True,
    "websocket": True,
    "endpoints": [""],
    "line_id": UUID(int=0),
}


class GoldenTests(TestCase):
    def test_bytes_of_version_1_stay(self) -> None:
        self.assertEqual(encode(ROW).hex(), GOLDEN_ENCODING)
        self.assertEqual(row_mac(PEPPER, ROW).hex(), GOLDEN_MAC)
        self.assertEqual(digest(PEPPER, TOKEN).hex(), GOLDEN_DIGEST)

    def test_what_a_token_may_at_the_gateway_is_added_behind(self) -> None:
        self.assertEqual(encode(AT_THE_GATEWAY).hex(), GOLDEN_ENCODING + GOLDEN_ADDITION)
        self.assertEqual(row_mac(PEPPER, AT_THE_GATEWAY).hex(), GOLDEN_MAC_AT_THE_GATEWAY)


class RowMacTests(TestCase):
    def test_every_field_is_bound(self) -> None:
        mac = row_mac(PEPPER, ROW)
        self.assertTrue(is_authentic(PEPPER, ROW, mac))
        self.assertEqual(set(OTHER), {field.name for field in fields(Bound)})
        for name, value in OTHER.items():
            self.assertFalse(is_authentic(PEPPER, replace(ROW, **{name: value}), mac), name)

    def test_what_was_added_cannot_be_taken_away(self) -> None:
        mac = row_mac(PEPPER, AT_THE_GATEWAY)
        self.assertFalse(is_authentic(PEPPER, ROW, mac))
        self.assertFalse(is_authentic(PEPPER, replace(AT_THE_GATEWAY, endpoints=[]), mac))

    def test_another_pepper_or_mac_fails(self) -> None:
        self.assertFalse(is_authentic(bytes(32), ROW, row_mac(PEPPER, ROW)))
        for mac in (b"", bytes(32), row_mac(PEPPER, ROW)[:-1]):
            self.assertFalse(is_authentic(PEPPER, ROW, mac))

    @given(rows, rows)
    def test_two_rows_have_the_same_bytes_only_if_they_are_the_same(self, one: Bound, other: Bound) -> None:
        self.assertEqual(encode(one) == encode(other), one == other)

    @given(rows, st.sampled_from([field.name for field in fields(Bound)]), rows)
    def test_one_field_changed_changes_the_bytes(self, row: Bound, name: str, other: Bound) -> None:
        changed = replace(row, **{name: getattr(other, name)})
        self.assertEqual(encode(row) == encode(changed), row == changed)

    def test_a_moment_is_the_same_in_every_time_zone(self) -> None:
        elsewhere = ROW.expires_at.astimezone(dt.timezone(dt.timedelta(hours=5, minutes=30)))
        self.assertEqual(encode(replace(ROW, expires_at=elsewhere)), encode(ROW))

    def test_a_digest_is_no_row_mac(self) -> None:
        self.assertNotEqual(digest(PEPPER, TOKEN), digest(bytes(32), TOKEN))
        self.assertEqual(len(digest(PEPPER, TOKEN)), len(row_mac(PEPPER, ROW)))
