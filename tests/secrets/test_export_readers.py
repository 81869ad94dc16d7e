"""What is exported is read back to the byte by the programs it is for; what they would misread is refused."""

import datetime as dt
import itertools
import random
import tempfile
from collections.abc import Mapping
from pathlib import Path
from unittest import TestCase

from keyvault.errors import Invalid
from keyvault.secrets.export_formats import Variable, write
from keyvault.secrets.quoting import DIALECTS
from tests.secrets import readers

NOW = dt.datetime(2026, 11, 24, 21, 0, tzinfo=dt.UTC)
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB+/9z==\n-----END CERTIFICATE-----\n"

NASTY = (
    "",
    " ",
    " padded ",
    "plain",
    "true",
    "no",
    "null",
    "0123",
    "1e3",
    "~",
    "2026-11-24",
    "a#b",
    "a #b",
    "#a",
    "it's",
    'say "so"',
    "both ' and \"",
    "' \" `",
    "$HOME",
    "${HOME}",
    "$(id)",
    "`id`",
    "a\\",
    "a\\\\",
    "\\",
    "\\n",
    "\\'",
    "\\'$",
    "a\\'b",
    '\\"',
    "!!",
    "%PATH%",
    "a=b=c",
    "a: b",
    "- a",
    "{a}",
    "[a]",
    "& *a",
    "|",
    ">",
    "@x",
    "a\nb",
    "\n",
    "a\n",
    "\n\na",
    CERTIFICATE,
    "a\tb",
    "a\rb",
    "a\r\nb",
    "\x01\x1b[31m",
    "\x7f",
    "clé",
    "\u2028\u2029\x85\x0b\x0c",
    "😀",
    "\ufeffbom",
    "EOF",
    "export A=1",
    "A<<EOF\nx\nEOF",
    "x" * 65_000,
)


def variables(texts: Mapping[str, str]) -> list[Variable]:
    return [Variable(name, f"path/{name}", text.encode()) for name, text in texts.items()]


def fits(format_: str, text: str, dialect: str = "") -> bool:
    try:
        write(format_, variables({"A": text}), dialect=dialect, now=NOW)
    except Invalid:
        return False
    return True


class ReadBackTests(TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name) / "exported"

    def assertReadBack(self, format_: str, texts: Mapping[str, str], reader: readers.Reader, dialect: str = "") -> None:
        """All in one file, so that no value swallows the next one."""
        self.file.write_bytes(write(format_, variables(texts), dialect=dialect, now=NOW).encode())
        found = reader(self.file)
        wrong = [text for name, text in texts.items() if found.get(name) != text]
        self.assertEqual(wrong, [], f"{format_} {dialect} by {reader.__name__}")

    def held(self, format_: str, texts: tuple[str, ...], dialect: str = "") -> dict[str, str]:
        return {f"V{n}": text for n, text in enumerate(texts) if fits(format_, text, dialect)}

    def test_formats_that_hold_everything(self) -> None:
        named = {f"V{n}": text for n, text in enumerate(NASTY)}
        for format_, reader in (
            ("shell", readers.bash),
            ("shell", readers.sh),
            ("json", readers.json_file),
            ("yaml", readers.yaml_file),
            ("github", readers.github),
        ):
            with self.subTest(format_):
                self.assertReadBack(format_, named, reader)

    def test_each_dialect_by_each_of_its_readers(self) -> None:
        for dialect in DIALECTS:
            held = self.held("dotenv", NASTY, dialect)
            self.assertGreater(len(held), len(NASTY) * 0.7, dialect)
            for reader in readers.readers(dialect):
                with self.subTest(dialect=dialect, reader=reader.__name__):
                    self.assertReadBack("dotenv", held, reader, dialect)

    def test_values_of_every_odd_mixture(self) -> None:
        marks = ("'", '"', "`", "$", "${", "}", "\\", "\\\\", "\n", "#", " ", "a", "=", "é", "\t", "\r", "!", "$(id)")
        chance = random.Random(7)
        texts = tuple("".join(chance.choices(marks, k=chance.randint(0, 7))) for _ in range(1500))
        for dialect in DIALECTS:
            for reader in readers.readers(dialect):
                with self.subTest(dialect=dialect, reader=reader.__name__):
                    self.assertReadBack("dotenv", self.held("dotenv", texts, dialect), reader, dialect)
        self.assertReadBack("docker", self.held("docker", texts), readers.docker)

    def test_docker_holds_single_lines(self) -> None:
        held = self.held("docker", NASTY)
        self.assertEqual(set(NASTY) - set(held.values()), {t for t in NASTY if "\n" in t or "\r" in t})
        self.assertReadBack("docker", held, readers.docker)

    def test_the_longest_line_that_docker_reads(self) -> None:
        self.assertTrue(fits("docker", "x" * 65_532))
        self.assertFalse(fits("docker", "x" * 65_533))

    def test_keys_that_yaml_would_take_for_something_else(self) -> None:
        self.assertReadBack("yaml", dict.fromkeys(("NO", "Y", "ON", "NULL", "_", "TRUE"), "x"), readers.yaml_file)


class RefusedTests(TestCase):
    def test_a_value_that_a_dialect_cannot_hold_is_refused_and_the_secret_named(self) -> None:
        for dialect, text in (
            ("", "it's $5"),
            ("", "a\rb"),
            ("", "${X}"),
            ("node", "a\rb"),
            ("node", "' \" `"),
            ("node", "a b\\"),
            ("python", "${X}"),
            ("python", "a b\\"),
            ("compose", "a\\"),
            ("compose", "\\'"),
            ("compose", "a\rb"),
        ):
            with self.subTest(dialect=dialect, text=text), self.assertRaises(Invalid) as refused:
                write("dotenv", variables({"A": text}), dialect=dialect, now=NOW)
            self.assertEqual(refused.exception.rule, "not-expressible")
            self.assertEqual(refused.exception.extra, {"secret": "path/A"})
            self.assertIn("path/A", refused.exception.detail)

    def test_binary_and_nul_go_nowhere(self) -> None:
        formats = ("dotenv", "shell", "json", "yaml", "docker", "github")
        for format_, value in itertools.product(formats, (b"\xff\xfe", b"a\0b")):
            with self.subTest(format_), self.assertRaises(Invalid) as refused:
                write(format_, [Variable("A", "path/a", value)], now=NOW)
            self.assertEqual(refused.exception.extra, {"secret": "path/a"})

    def test_a_name_that_is_no_variable_is_refused_where_it_must_be_one(self) -> None:
        for name in ("2FA", "A B", "A-B", "é", "A\nB=x", "$(id)", "A;id"):
            for format_ in ("dotenv", "shell", "docker", "github"):
                with self.subTest(format_, name=name), self.assertRaises(Invalid):
                    write(format_, [Variable(name, "path/a", b"x")], now=NOW)
        self.assertIn('"2FA"', write("json", [Variable("2FA", "path/a", b"x")], now=NOW))

    def test_no_refusal_shows_the_value(self) -> None:
        with self.assertRaises(Invalid) as refused:
            write("docker", variables({"A": "hunter2\n"}), now=NOW)
        self.assertNotIn("hunter2", f"{refused.exception} {refused.exception.extra}")
        self.assertNotIn("hunter2", repr(variables({"A": "hunter2"})))

    def test_there_are_no_other_formats_and_dialects(self) -> None:
        for format_, dialect, wrong in (
            ("env", "", "format"),
            ("dotenv", "ruby", "dialect"),
            ("json", "node", "dialect"),
        ):
            with self.subTest(format_), self.assertRaises(Invalid) as refused:
                write(format_, [], dialect=dialect, now=NOW)
            self.assertEqual(refused.exception.extra, {"field": wrong})


class HeaderTests(TestCase):
    def test_generated_files_say_when_and_that_they_are_not_to_be_committed(self) -> None:
        header = "# Written by KeyVault at 2026-11-24T21:00:00Z. Do not commit this file.\n"
        for format_ in ("dotenv", "shell", "yaml", "docker", "github"):
            with self.subTest(format_):
                self.assertTrue(write(format_, variables({"A": "x"}), now=NOW).startswith(header))

    def test_the_time_is_utc(self) -> None:
        elsewhere = NOW.astimezone(dt.timezone(dt.timedelta(hours=5, minutes=30)))
        self.assertIn("2026-11-24T21:00:00Z", write("shell", [], now=elsewhere))

    def test_an_example_holds_names_only_and_may_be_committed(self) -> None:
        self.assertEqual(write("example", variables({"A": "hunter2", "B": "x"}), now=NOW), "A=\nB=\n")


class MaskTests(TestCase):
    def test_each_line_of_a_value_is_masked_before_it_is_set(self) -> None:
        script = write("github", variables({"A": "one\n\n100% two\r"}), now=NOW)
        masks = [line for line in script.splitlines() if "add-mask" in line]
        self.assertEqual(masks, ["printf '%s\\n' '::add-mask::one'", "printf '%s\\n' '::add-mask::100%25 two%0D'"])
        self.assertLess(script.rindex("add-mask"), script.index("GITHUB_ENV"))

    def test_a_value_cannot_end_its_own_text(self) -> None:
        ends = {write("github", variables({"A": "x"}), now=NOW).partition("<<")[2][:45] for _ in range(3)}
        self.assertEqual(len(ends), 3)
