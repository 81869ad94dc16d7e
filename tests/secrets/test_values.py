"""Values as exact bytes, of three types."""

import base64
from unittest import TestCase

from keyvault.errors import CannotOpen, Invalid
from keyvault.secrets.models import ValueType
from keyvault.secrets.values import LIMIT, Value, restored


class ValueTests(TestCase):
    def test_text_is_its_utf8(self) -> None:
        self.assertEqual(Value.text("clé\r\n").data, b"cl\xc3\xa9\r\n")

    def test_base64_is_exact_or_refused(self) -> None:
        data = bytes(range(256))
        self.assertEqual(Value.base64(base64.b64encode(data).decode()).data, data)
        for text in ("abc", "ab c=", "é", "YWJj\n", "-_-_"):
            with self.subTest(text), self.assertRaises(Invalid):
                Value.base64(text)

    def test_bytes_without_a_type_are_text_where_they_can_be(self) -> None:
        types = [Value.of_bytes(data).type for data in (b"", b"text", b"\0", b"\xff", b"a\0b")]
        text, binary = ValueType.TEXT, ValueType.BINARY
        self.assertEqual(types, [text, text, binary, binary, binary])

    def test_the_order_of_fields_is_not_part_of_the_value(self) -> None:
        one, other = Value.fields({"user": "a", "pass": "é"}), Value.fields({"pass": "é", "user": "a"})
        self.assertTrue(one.same_as(other))
        self.assertEqual(one.data, '{"pass":"é","user":"a"}'.encode())
        self.assertEqual(one.parts, {"pass": "é", "user": "a"})

    def test_fields_need_names_that_print(self) -> None:
        for parts in ({}, {"": "x"}, {"a\n": "x"}, {"\u202e": "x"}, {"x" * 129: "x"}):
            with self.subTest(parts), self.assertRaises(Invalid) as refused:
                Value.fields(parts)
            self.assertEqual(refused.exception.extra["field"], "fields")

    def test_64_kib_are_held_and_a_byte_more_is_not(self) -> None:
        for make in (Value.binary, Value.of_bytes):
            self.assertEqual(len(make(b"x" * LIMIT).data), 65_536)
            with self.assertRaises(Invalid):
                make(b"x" * (LIMIT + 1))
        self.assertEqual(len(Value.text("é" * (LIMIT // 2)).data), 65_536)
        with self.assertRaises(Invalid):
            Value.text("é" * (LIMIT // 2) + "x")
        with self.assertRaises(Invalid):
            Value.fields({"a": "x" * LIMIT})

    def test_a_lone_surrogate_is_no_text(self) -> None:
        with self.assertRaises(Invalid):
            Value.text("\ud800")
        with self.assertRaises(Invalid):
            Value.fields({"a": "\udfff"})

    def test_neither_repr_nor_a_refusal_shows_it(self) -> None:
        for value in (Value.text("hunter2hunter2"), Value.fields({"pass": "hunter2hunter2"})):
            self.assertNotIn("hunter2", repr(value))
        with self.assertRaises(Invalid) as refused:
            Value.text("hunter2" * 10_000)
        self.assertNotIn("hunter2", f"{refused.exception} {refused.exception.extra}")

    def test_equal_bytes_of_another_type_are_another_value(self) -> None:
        self.assertFalse(Value.text("a").same_as(Value.binary(b"a")))

    def test_an_unknown_type_does_not_open(self) -> None:
        with self.assertRaises(CannotOpen):
            restored("yaml", b"")
