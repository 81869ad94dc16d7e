"""Names and the variables that they become."""

from unittest import TestCase

from keyvault.errors import Invalid
from keyvault.secrets.names import clean_secret_name, clean_variable, collisions, is_variable, variable_of
from tests.secrets.scene import BAD_NAMES


class NameTests(TestCase):
    def test_paths_are_names(self) -> None:
        for name in ("a", "A_B", "api-keys/stripe", "db/v1.2/pass-word", "_x", "0", "a." * 2 + "b", "x" * 512):
            with self.subTest(name):
                self.assertEqual(clean_secret_name(name), name)

    def test_nothing_else_is(self) -> None:
        for name in BAD_NAMES:
            with self.subTest(name), self.assertRaises(Invalid) as refused:
                clean_secret_name(name)
            self.assertEqual(refused.exception.extra["field"], "name")


class VariableTests(TestCase):
    def test_it_is_the_last_segment_in_upper_case(self) -> None:
        self.assertEqual(variable_of("api-keys/stripe.live-key"), "STRIPE_LIVE_KEY")

    def test_a_field_is_appended(self) -> None:
        self.assertEqual(variable_of("api-keys/stripe", part="api-key"), "STRIPE_API_KEY")
        self.assertEqual(variable_of("x/y", configured="Db", part="user"), "DB_USER")

    def test_a_configured_one_stays_as_it_is(self) -> None:
        self.assertEqual(variable_of("api-keys/stripe", configured="stripeKey"), "stripeKey")

    def test_what_begins_with_a_digit_is_no_variable(self) -> None:
        self.assertFalse(is_variable(variable_of("auth/2fa")))

    def test_only_what_every_shell_takes_is_configured(self) -> None:
        self.assertEqual(clean_variable(""), "")
        self.assertEqual(clean_variable("_a1"), "_a1")
        for variable in ("1a", "a-b", "a b", "a=b", "é", "a\n", "x" * 129, "$(id)"):
            with self.subTest(variable), self.assertRaises(Invalid) as refused:
                clean_variable(variable)
            self.assertEqual(refused.exception.extra["field"], "variable")

    def test_collisions_are_named_once(self) -> None:
        self.assertEqual(collisions(["B", "A", "B", "C", "A", "B"]), ["A", "B"])
