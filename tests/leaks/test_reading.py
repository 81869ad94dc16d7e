"""What in a text is taken for a token or a value."""

from unittest import TestCase

from keyvault.actor import TokenKind
from keyvault.flows.leaks.reading import LONGEST, MOST_TOKENS, MOST_VALUES, tokens_in, values_in
from tokens.format import mint


class TokensInTests(TestCase):
    def test_wherever_they_stand(self) -> None:
        token = mint(TokenKind.CI)
        for text in (
            token,
            f"KEY={token}",
            f'"{token}",',
            f"token%3D&t={token}&x",
            f"https://x/?k={token}#",
            f"({token})",
        ):
            self.assertEqual(tokens_in(text), [token], text[:10])

    def test_not_in_longer_words_nor_with_a_wrong_checksum(self) -> None:
        token = mint(TokenKind.CI)
        for text in (f"x{token}", f"{token}x", token[:-1], token[:-1] + ("0" if token[-1] != "0" else "1"), ""):
            self.assertEqual(tokens_in(text), [])

    def test_each_once_and_not_too_many(self) -> None:
        tokens = [mint(TokenKind.CI) for _ in range(MOST_TOKENS + 5)]
        self.assertEqual(tokens_in(" ".join([tokens[0], tokens[0]])), [tokens[0]])
        self.assertEqual(len(tokens_in("\n".join(tokens))), MOST_TOKENS)


class ValuesInTests(TestCase):
    def test_in_the_ways_in_which_values_are_written_down(self) -> None:
        for text in (
            "sk_live_abc",
            "export KEY=sk_live_abc",
            "key: sk_live_abc",
            'const key = "sk_live_abc";',
            "curl -H 'Authorization: Bearer sk_live_abc' https://x",
            "first line\n  sk_live_abc  \nlast",
            '{"key":"sk_live_abc"}',
        ):
            self.assertIn(b"sk_live_abc", values_in(text), text)

    def test_with_blanks_and_lines(self) -> None:
        key = "-----BEGIN KEY-----\nMIIEvQ\n-----END KEY-----"
        self.assertIn(key.encode(), values_in(f"\n{key}\n"))
        self.assertIn(b"correct horse battery staple", values_in('PASS="correct horse battery staple"'))

    def test_a_hostile_text_is_bounded(self) -> None:
        for text in ("=" * 100_000, '"' * 100_000, "a=b " * 50_000, "\0\ud800" * 100, "x" * 200_000):
            self.assertLessEqual(len(values_in(text)), MOST_VALUES)
        self.assertLessEqual(max(map(len, values_in("x" * 200_000))), LONGEST)
