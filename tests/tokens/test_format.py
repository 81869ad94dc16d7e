"""The token's form: everything minted parses, and nothing that was mistyped does."""

import re
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from keyvault.actor import TokenKind
from keyvault.target import Tier
from tokens.format import ALPHABET, LENGTH, Presented, checksum, display, mint, parse

GOLDEN = "kvs_prd_7Hq2LmZ0aB3dE5fG7hJ9kL1mN3pQ5r3sdxzK"
SCANNED = re.compile(r"\bkv[psct]_(dev|stg|prd|any)_[0-9A-Za-z]{36}\b")

minted = st.builds(mint, st.sampled_from(TokenKind), st.sampled_from([None, *Tier]))


class FormatTests(TestCase):
    def test_a_token_of_version_1_parses_for_ever(self) -> None:
        self.assertEqual(parse(GOLDEN), Presented(TokenKind.SERVICE, "prd", GOLDEN))
        self.assertEqual(checksum(GOLDEN[:-6]), "3sdxzK")
        self.assertEqual(display(GOLDEN), "kvs_prd_7Hq2…dxzK")

    @given(st.sampled_from(TokenKind), st.sampled_from([None, *Tier]))
    def test_what_is_minted_parses_and_looks_as_promised(self, kind: TokenKind, tier: Tier | None) -> None:
        token = mint(kind, tier)
        self.assertEqual(parse(token), Presented(kind, tier.value if tier else "any", token))
        self.assertEqual(len(token), LENGTH)
        self.assertTrue(SCANNED.fullmatch(token))

    @given(minted, st.integers(0, LENGTH - 1), st.data())
    def test_no_change_of_one_character_verifies(self, token: str, place: int, data: st.DataObject) -> None:
        other = data.draw(st.sampled_from(ALPHABET + "_-. é") | st.characters())
        changed = token[:place] + other + token[place + 1 :]
        self.assertEqual(parse(changed) is not None, changed == token)

    def test_no_change_of_one_base62_character_verifies_at_any_place(self) -> None:
        for place in range(LENGTH):
            for other in set(ALPHABET) - {GOLDEN[place]}:
                self.assertIsNone(parse(GOLDEN[:place] + other + GOLDEN[place + 1 :]))

    @given(minted, st.sampled_from(["p", "s", "c", "t"]), st.sampled_from(["dev", "stg", "prd", "any"]))
    def test_kind_and_environment_cannot_be_swapped(self, token: str, kind: str, environment: str) -> None:
        swapped = f"kv{kind}_{environment}{token[7:]}"
        self.assertEqual(parse(swapped) is not None, swapped == token)

    @given(minted)
    def test_nothing_may_stand_before_or_after_it(self, token: str) -> None:
        for changed in (f" {token}", f"{token}\n", f"{token}0", token[:-1], token[1:], token.lower(), token + token):
            self.assertIsNone(parse(changed), changed)

    @given(st.text(max_size=80))
    def test_any_other_text_is_no_token_and_no_error(self, text: str) -> None:
        self.assertIsNone(parse(text))

    def test_a_thousand_tokens_are_different(self) -> None:
        self.assertEqual(len({mint(TokenKind.CI) for _ in range(1000)}), 1000)

    def test_its_repr_does_not_show_it(self) -> None:
        self.assertNotIn(GOLDEN, repr(parse(GOLDEN)))
