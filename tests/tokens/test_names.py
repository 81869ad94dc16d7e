"""What a token may be called."""

from unittest import TestCase

from keyvault.errors import Invalid
from tokens.names import clean_name, hint


class NameTests(TestCase):
    def test_three_to_eighty_characters_that_print(self) -> None:
        for name in ("abc", "Deploy job of shop", "Ana's laptop 💻", "x" * 80, "Schlüssel für München"):
            self.assertEqual(clean_name(name), name)
        for name in ("", "ab", "   a   ", "x" * 81, "a\0b", "evil\u202ename", "bell\x07"):
            with self.assertRaises(Invalid) as refused:
                clean_name(name)
            self.assertEqual(refused.exception.extra["field"], "name")

    def test_blanks_are_single_and_letters_composed(self) -> None:
        self.assertEqual(clean_name("  Deploy \t job\nof shop "), "Deploy job of shop")
        self.assertEqual(clean_name("Mu\u0308nchen"), "München")

    def test_a_name_that_says_nothing_gets_a_hint(self) -> None:
        for name in (
            "key1",
            "Key 1",
            "token1",
            "token",
            "my-token",
            "test",
            "TEST2",
            "api_key",
            "API Key 3",
            "aaa",
            "123",
        ):
            self.assertIsNotNone(hint(name), name)

    def test_a_name_that_says_something_gets_none(self) -> None:
        for name in ("Deploy job of shop", "Ana's laptop", "test runner of shop", "keycloak", "token sweeper", "CI"):
            self.assertIsNone(hint(name), name)
