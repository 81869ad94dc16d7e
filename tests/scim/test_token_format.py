"""The SCIM token's form and its digest: stored, so fixed for ever."""

import datetime as dt
import re
from unittest import TestCase
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from keyvault.base62 import ALPHABET
from orgs.scim_format import digest, display_of, is_well_formed, lookup_of, mint

GOLDEN = "kvscim_7Hq2LmZ0aB3dE5fG7hJ9kL1mN3pQ5r"
ROW = {
    "token_id": UUID("01930000-0000-7000-8000-000000000001"),
    "org_id": UUID("01930000-0000-7000-8000-000000000002"),
    "expires_at": dt.datetime(2027, 1, 2, 3, 4, 5, 678901, tzinfo=dt.UTC),
}


class FormatTests(TestCase):
    def test_what_is_minted_looks_as_promised(self) -> None:
        token = mint()
        self.assertTrue(is_well_formed(token))
        self.assertTrue(re.fullmatch(r"kvscim_[0-9A-Za-z]{36}", token))
        self.assertEqual(display_of(token), f"kvscim_{token[7:15]}…")
        self.assertEqual(lookup_of(token), token[7:15])

    def test_no_access_token_looks_like_one(self) -> None:
        self.assertFalse(is_well_formed("kvs_prd_7Hq2LmZ0aB3dE5fG7hJ9kL1mN3pQ5r3sdxzK"))

    @given(st.integers(7, 42), st.sampled_from(ALPHABET))
    def test_a_typing_error_never_passes(self, place: int, other: str) -> None:
        token = mint()
        changed = token[:place] + other + token[place + 1 :]
        self.assertEqual(is_well_formed(changed), changed == token)

    @given(st.text(max_size=60))
    def test_any_text_is_answered(self, text: str) -> None:
        self.assertFalse(is_well_formed(text))


class DigestTests(TestCase):
    def test_a_digest_of_version_1_is_found_for_ever(self) -> None:
        made = digest(b"p" * 32, token=GOLDEN, **ROW)  # type: ignore[arg-type]
        self.assertEqual(made.hex(), "8b66e887199b4fc0474f3dc58926ce0aa4581021974442c883fba24531d6c62d")

    def test_it_is_bound_to_its_row(self) -> None:
        made = digest(b"p" * 32, token=GOLDEN, **ROW)  # type: ignore[arg-type]
        other = UUID("01930000-0000-7000-8000-000000000003")
        later = ROW["expires_at"] + dt.timedelta(microseconds=1)  # type: ignore[operator]
        for change in ({"token_id": other}, {"org_id": other}, {"expires_at": later}):
            self.assertNotEqual(digest(b"p" * 32, token=GOLDEN, **{**ROW, **change}), made)  # type: ignore[arg-type]
        self.assertNotEqual(digest(b"q" * 32, token=GOLDEN, **ROW), made)  # type: ignore[arg-type]
