"""Reading ``.env`` files: what is agreed is read, what is not is named by its line."""

from unittest import TestCase

from keyvault.errors import Invalid, TooLarge
from keyvault.secrets.dotenv import NAMES_LIMIT, SIZE_LIMIT, decode, parse


def values(content: str) -> dict[str, str]:
    return {entry.name: entry.text for entry in parse(content).entries}


def unreadable(content: str) -> list[int]:
    return [found.line for found in parse(content).unreadable]


class ReadTests(TestCase):
    def test_the_agreed_forms(self) -> None:
        for line, value in {
            "A=b": "b",
            "A=": "",
            "A=''": "",
            "  export A = b  ": "b",
            "export\tA=b": "b",
            "A=b c": "b c",
            "A=b # comment": "b",
            "A=b#c": "b#c",
            "A=#c": "",
            "A= # c": "",
            "A='b # c'": "b # c",
            "A='b' # c": "b",
            'A="b"#c': "b",
            "A='b\\n$c'": "b\\n$c",
            r'A="b\n\t\r\"\\\$c"': 'b\n\t\r"\\$c',
            "A='line\nline'": "line\nline",
            'A="line\nline"': "line\nline",
            "A=b=c==": "b=c==",
            "A=a\\b": "a\\b",
            "A='it is \"so\"'": 'it is "so"',
            "A=é\u2028x": "é\u2028x",
        }.items():
            with self.subTest(line):
                self.assertEqual(values(line), {"A": value})

    def test_nothing_is_interpolated(self) -> None:
        content = 'HOME=/root\nA=$HOME\nB=${HOME}\nC="${HOME:-x}"\nD=`id`x'
        self.assertEqual(values(content), {"HOME": "/root", "A": "$HOME", "B": "${HOME}", "C": "${HOME:-x}"})
        self.assertEqual(unreadable(content), [5])

    def test_comments_blanks_bom_and_crlf(self) -> None:
        content = "\ufeff# head\r\n\r\n   \r\nA=1\r\n\t# x\r\nB='2\r\n3'\r\n\r\nC=3"
        self.assertEqual(values(content), {"A": "1", "B": "2\n3", "C": "3"})
        self.assertEqual(unreadable(content), [])

    def test_an_empty_file_holds_nothing(self) -> None:
        for content in ("", "\n", "\ufeff", "# x", " "):
            self.assertEqual(parse(content).entries + parse(content).unreadable, ())

    def test_names_may_have_dots_and_hyphens(self) -> None:
        self.assertEqual(values("a.b-c=1"), {"a.b-c": "1"})


class RefuseTests(TestCase):
    def test_what_dialects_read_differently_is_named_by_its_line(self) -> None:
        for line in (
            "no equals sign",
            "=x",
            "1A=x",
            "A B=x",
            "A/B=x",
            "A",
            "export",
            "A='open",
            'A="open',
            "A='a'b",
            "A='a' 'b'",
            r'A="\x41"',
            r'A="\u0041"',
            'A="a\\\nb"',
            "A=it's",
            'A=say "so"',
            "A=`id`",
            "A=a\rb",
            "A=a\0b",
            "clé=x",
            "\u202eA=x",
            "A: x",
            "- A=x",
        ):
            with self.subTest(line):
                self.assertEqual((values(f"OK=1\n{line}\n"), unreadable(f"OK=1\n{line}\n")), ({"OK": "1"}, [2]))

    def test_a_line_after_an_unreadable_one_is_read(self) -> None:
        self.assertEqual(values("A='a'b\nB=2"), {"B": "2"})

    def test_a_name_that_comes_twice_is_read_neither_time(self) -> None:
        content = "A=1\nB=2\nA=3\nexport A='4'"
        self.assertEqual(values(content), {"B": "2"})
        self.assertEqual(unreadable(content), [1, 3, 4])

    def test_a_key_without_quotes_is_one_unreadable_line_and_no_name(self) -> None:
        key = "-----BEGIN PRIVATE KEY-----\nMIIE/+vQ\nQ2hlY2s=\n-----END PRIVATE KEY-----"
        self.assertEqual(values(f"A={key}\nB=2"), {"B": "2"})
        self.assertEqual(unreadable(f"A={key}\nB=2"), [1])
        self.assertEqual(values(f"A='{key}'"), {"A": key})
        self.assertEqual(values("A=-----BEGIN X-----\nB=2\n"), {})  # B may be a part of it

    def test_no_reason_repeats_the_line(self) -> None:
        for found in parse("hunter2\nA='hunter2'hunter2\nB=\"\\hunter2\"\nC=1\nC=hunter2\nhunter2='hunter2").unreadable:
            self.assertNotIn("hunter2", found.reason)

    def test_neither_repr_shows_a_value(self) -> None:
        self.assertNotIn("hunter2", repr(parse("A=hunter2")))


class LimitTests(TestCase):
    def test_a_mebibyte_and_no_more(self) -> None:
        self.assertEqual(len(values("A=" + "x" * (SIZE_LIMIT - 2))["A"]), SIZE_LIMIT - 2)
        for content in ("A=" + "x" * (SIZE_LIMIT - 1), "é" * (SIZE_LIMIT // 2) + "x"):
            with self.assertRaises(TooLarge):
                parse(content)
        with self.assertRaises(TooLarge):
            decode(b"x" * (SIZE_LIMIT + 1))

    def test_2000_names_and_no_more(self) -> None:
        lines = "".join(f"N{number}={number}\n" for number in range(NAMES_LIMIT))
        self.assertEqual(len(values(lines)), 2000)
        for more in ("X=1", "junk"):
            with self.assertRaises(TooLarge):
                parse(lines + more)

    def test_an_upload_is_utf8(self) -> None:
        self.assertEqual(decode("A=é".encode()), "A=é")
        for content in (b"A=\xff", "A=é".encode("latin-1"), "A=1".encode("utf-16")):
            with self.assertRaises(Invalid) as refused:
                decode(content)
            self.assertEqual(refused.exception.extra["field"], "content")
