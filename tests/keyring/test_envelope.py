"""An envelope opens for its own bytes, key and place, and for nothing else."""

import os
from collections.abc import Iterator
from dataclasses import replace
from unittest import TestCase
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyvault.errors import CannotOpen
from keyvault.keyring.envelope import PADDED, PLAIN, Context, FieldContext, key_id_of, seal, unseal
from keyvault.keyring.purposes import Purpose
from tests.keyring import blobs

ENVELOPES: tuple[tuple[Context, bytes], ...] = (
    (blobs.CONTEXT, blobs.PLAIN_ENVELOPE),
    (blobs.CONTEXT, blobs.PADDED_ENVELOPE),
    (blobs.BROKER, blobs.BROKER_ENVELOPE),
    (blobs.FIELD, blobs.FIELD_ENVELOPE),
)


def flips(blob: bytes) -> Iterator[bytes]:
    """Every blob that differs in one byte, by one bit and by all bits."""
    for position in range(len(blob)):
        for mask in (0x01, 0x80, 0xFF):
            yield blob[:position] + bytes([blob[position] ^ mask]) + blob[position + 1 :]


class AlteredEnvelopeTests(TestCase):
    def assertShut(self, context: Context, envelope: bytes, key: bytes = blobs.KEY) -> None:
        with self.assertRaises(CannotOpen) as refusal:
            unseal(key, context, envelope)
        self.assertIsNone(refusal.exception.__cause__)
        self.assertTrue(refusal.exception.__suppress_context__ or refusal.exception.__context__ is None)
        self.assertNotIn(blobs.VALUE.decode(), str(refusal.exception))

    def test_every_flipped_byte_is_refused(self) -> None:
        for context, envelope in ENVELOPES:
            for altered in flips(envelope):
                self.assertShut(context, altered)

    def test_every_truncation_is_refused(self) -> None:
        for context, envelope in ENVELOPES:
            for length in range(len(envelope)):
                self.assertShut(context, envelope[:length])

    def test_appended_bytes_are_refused(self) -> None:
        for context, envelope in ENVELOPES:
            self.assertShut(context, envelope + b"\0")

    def test_another_key_is_refused(self) -> None:
        self.assertShut(blobs.CONTEXT, blobs.PADDED_ENVELOPE, key=bytes(32))

    def test_unknown_suites_are_named_as_such(self) -> None:
        for suite in (0x00, 0x03, 0x10, 0x12, 0x7F, 0xFF):
            with self.assertRaisesRegex(CannotOpen, "unknown format"):
                key_id_of(b"KV\x01" + bytes([suite]) + blobs.PADDED_ENVELOPE[4:])

    def test_suites_cannot_be_swapped(self) -> None:
        self.assertShut(blobs.CONTEXT, b"KV\x01\x01" + blobs.PADDED_ENVELOPE[4:])
        self.assertShut(blobs.CONTEXT, b"KV\x01\x02" + blobs.PLAIN_ENVELOPE[4:])

    def test_a_sealed_but_wrong_padding_is_refused(self) -> None:
        for plaintext in (b"", b"\0\0\0\1", b"\0\0\0\1v" + bytes(58) + b"\1", bytes(128), b"\xff" * 64):
            sealed = seal(blobs.KEY_ID, blobs.KEY, _Relabelled(), plaintext, suite=PLAIN)
            self.assertShut(blobs.CONTEXT, b"KV\x01\x02" + sealed[4:])


class _Relabelled:
    """Gives suite 01 the associated data of suite 02, to reach the padding check with a true tag."""

    purpose, org = Purpose.VALUE, blobs.ORG

    def fields(self) -> bytes:
        return blobs.CONTEXT.fields()


class MovedEnvelopeTests(TestCase):
    """Whoever can write to the database moves an envelope to where somebody else may read it."""

    def test_envelope_opens_in_its_own_place_only(self) -> None:
        envelope = seal(blobs.KEY_ID, blobs.KEY, blobs.CONTEXT, blobs.VALUE)
        for change in (
            {"secret": uuid4()},
            {"version": 1},
            {"version": 6},
            {"environment": uuid4()},
            {"project": uuid4()},
            {"org": uuid4()},
            {"purpose": Purpose.BROKER},
            {"purpose": Purpose.CONFIG},
            {"project": blobs.ENVIRONMENT, "environment": blobs.PROJECT},
        ):
            with self.assertRaises(CannotOpen):
                unseal(blobs.KEY, replace(blobs.CONTEXT, **change), envelope)

    def test_broker_envelope_opens_for_its_provider_and_hosts_only(self) -> None:
        for change in (
            {"provider": "anthropic"},
            {"provider": ""},
            {"hosts": ("api.openai.com",)},
            {"hosts": ()},
            {"hosts": (*blobs.BROKER.hosts, "evil.example")},
            {"provider": "", "hosts": ("openai", *blobs.BROKER.hosts)},
        ):
            with self.assertRaises(CannotOpen):
                unseal(blobs.KEY, replace(blobs.BROKER, **change), blobs.BROKER_ENVELOPE)

    def test_a_host_cannot_smuggle_another(self) -> None:
        with self.assertRaises(ValueError):
            replace(blobs.BROKER, hosts=("api.openai.com\neu.api.openai.com",)).fields()

    def test_secret_value_does_not_open_as_a_configuration_field(self) -> None:
        with self.assertRaises(CannotOpen):
            unseal(blobs.KEY, blobs.FIELD, blobs.PADDED_ENVELOPE)

    def test_field_opens_in_its_own_row_and_column_only(self) -> None:
        for change in ({"table": "alerts_mail"}, {"column": "other"}, {"row": uuid4()}):
            with self.assertRaises(CannotOpen):
                unseal(blobs.KEY, replace(blobs.FIELD, **change), blobs.FIELD_ENVELOPE)


class RoundTripTests(TestCase):
    def test_sizes_around_the_block_are_exact(self) -> None:
        for size in (0, 1, 59, 60, 61, 63, 64, 65, 65536):
            value = os.urandom(size)
            for suite in (PLAIN, PADDED):
                envelope = seal(blobs.KEY_ID, blobs.KEY, blobs.CONTEXT, value, suite=suite)
                self.assertEqual(unseal(blobs.KEY, blobs.CONTEXT, envelope), value)

    def test_padding_hides_the_length_of_a_short_key(self) -> None:
        lengths = {len(seal(blobs.KEY_ID, blobs.KEY, blobs.CONTEXT, b"x" * size)) for size in range(61)}
        self.assertEqual(lengths, {48 + 64})

    def test_nonces_do_not_repeat(self) -> None:
        nonces = {seal(blobs.KEY_ID, blobs.KEY, blobs.CONTEXT, b"")[20:32] for _ in range(100_000)}
        self.assertEqual(len(nonces), 100_000)

    @pytest.mark.slow
    def test_a_million_nonces_do_not_repeat(self) -> None:
        nonces = {seal(blobs.KEY_ID, blobs.KEY, blobs.CONTEXT, b"")[20:32] for _ in range(1_000_000)}
        self.assertEqual(len(nonces), 1_000_000)

    @given(value=st.binary(max_size=300), version=st.integers(1, 2**63 - 1), row=st.uuids())
    def test_any_bytes_come_back(self, value: bytes, version: int, row: UUID) -> None:
        contexts: tuple[Context, ...] = (replace(blobs.CONTEXT, version=version), FieldContext("table", "column", row))
        for context in contexts:
            self.assertEqual(unseal(blobs.KEY, context, seal(row, blobs.KEY, context, value)), value)

    def test_context_of_another_kind_never_gives_the_same_fields(self) -> None:
        places = [replace(blobs.CONTEXT, purpose=purpose) for purpose in Purpose]
        self.assertEqual(len({place.fields() for place in places}), len(Purpose))
