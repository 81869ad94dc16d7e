"""One reader of bodies: what two JSON libraries could read in two ways is refused."""

import json
from contextlib import suppress
from io import BytesIO
from types import SimpleNamespace

import pytest
from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import strategies as st

from keyvault.api.parsers import BODY_LIMIT, DEPTH_LIMIT, Malformed, StrictJSONParser, parse_object
from keyvault.errors import TooLarge

REFUSED = {
    "nothing": b"",
    "a text": b'"secret"',
    "a list": b"[]",
    "null": b"null",
    "two documents": b"{}{}",
    "an unclosed object": b'{"a": 1',
    "an unclosed text": b'{"a": "',
    "a trailing comma": b'{"a": 1,}',
    "single quotes": b"{'a': 1}",
    "a comment": b"{/* */}",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "an overlong slash": b'{"a": "\xc0\xaf"}',
    "a lone continuation byte": b'{"a": "\x80"}',
    "a surrogate in UTF-8": b'{"a": "\xed\xa0\x80"}',
    "a lone surrogate": b'{"a": "\\ud800"}',
    "a lone surrogate as a key": b'{"\\udfff": 1}',
    "a reversed pair": b'{"a": "\\udc00\\ud800"}',
    "an escaped NUL": b'{"a": "\\u0000"}',
    "an escaped NUL deep inside": b'{"a": [{"b": "x\\u0000"}]}',
    "a raw NUL": b'{"a": "\x00"}',
    "a raw line feed in a text": b'{"a": "\n"}',
    "a key twice": b'{"a": 1, "a": 1}',
    "a key twice, once escaped": b'{"a": 1, "\\u0061": 2}',
    "a key twice deep inside": b'{"x": [{"a": 1, "a": 2}]}',
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": -Infinity}',
    "a number that overflows": b'{"a": 1e999}',
    "an integer beyond 2^53": b'{"a": 9007199254740992}',
    "an integer of 5,000 digits": b'{"a": ' + b"9" * 5000 + b"}",
    "33 levels": b'{"a":' * 33 + b"1" + b"}" * 33,
    "33 levels of lists": b'{"a":' + b"[" * 32 + b"]" * 32 + b"}",
    "100,000 levels": b"[" * 100_000,
    "a bare minus": b'{"a": -}',
    "a leading zero": b'{"a": 01}',
    "a capital literal": b'{"a": True}',
}

ACCEPTED = {
    "an empty object": (b"{}", {}),
    "white space around": (b" \r\n\t{}\n", {}),
    "32 levels": (b'{"a":' * 32 + b"1" + b"}" * 32, None),
    "brackets in a text": (json.dumps({"a": "[{" * 100}).encode(), {"a": "[{" * 100}),
    "quotes and backslashes": (b'{"a": "\\"[\\\\", "b": "["}', {"a": '"[\\', "b": "["}),
    "a pair of surrogates": (b'{"a": "\\ud83d\\ude00"}', {"a": "\U0001f600"}),
    "an escaped backslash before u0000": (b'{"a": "\\\\u0000"}', {"a": "\\u0000"}),
    "the largest integer": (b'{"a": -9007199254740991}', {"a": -9007199254740991}),
    "every plain type": (b'{"a": [1, 1.5, true, null, "x"]}', {"a": [1, 1.5, True, None, "x"]}),
}

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
def test_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse_object(body)


@pytest.mark.parametrize(("body", "expected"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_accepted(body: bytes, expected: object) -> None:
    document = parse_object(body)
    assert expected is None or document == expected


@given(st.binary(max_size=200) | st.text('{}[]":,\\u0e-1. ').map(str.encode))
def test_any_bytes_are_an_object_or_a_refusal(body: bytes) -> None:
    with suppress(Malformed):
        assert isinstance(parse_object(body), dict)


@given(st.dictionaries(st.text("abc", max_size=3), json_values, max_size=4), st.booleans())
def test_what_json_writes_is_read_back(document: dict[str, object], ascii_only: bool) -> None:
    assert parse_object(json.dumps(document, ensure_ascii=ascii_only).encode()) == document


class BoundTests(SimpleTestCase):
    def parse(self, body: bytes, limit: int | None = None) -> object:
        view = SimpleNamespace() if limit is None else SimpleNamespace(body_limit=limit)
        return StrictJSONParser().parse(BytesIO(body), "application/json", {"view": view})

    def test_a_body_at_the_limit_is_read_and_one_byte_more_is_not(self) -> None:
        body = b"{}" + b" " * (BODY_LIMIT - 2)
        self.assertEqual(self.parse(body), {})
        with self.assertRaises(TooLarge):
            self.parse(body + b" ")

    def test_a_view_may_read_more(self) -> None:
        self.assertEqual(self.parse(b"{}" + b" " * BODY_LIMIT, limit=2 * BODY_LIMIT), {})

    def test_a_text_of_quotes_without_an_end_takes_linear_time(self) -> None:
        with self.assertRaises(Malformed):
            self.parse(b'{"a": "' + b'\\"' * (BODY_LIMIT // 2 - 8))

    def test_the_sentence_never_quotes_the_body(self) -> None:
        for body in (b'{"value": "sk_live_4242" x}', b'{"sk_live_4242": 1, "sk_live_4242": 1}', b'{"a": sk_live_4242}'):
            with self.assertRaises(Malformed) as refused:
                self.parse(body)
            self.assertNotIn("sk_live", refused.exception.detail)

    def test_the_depth_limit_is_what_the_sentence_says(self) -> None:
        with self.assertRaisesMessage(Malformed, str(DEPTH_LIMIT)):
            self.parse(b'{"a":' + b"[" * DEPTH_LIMIT)
