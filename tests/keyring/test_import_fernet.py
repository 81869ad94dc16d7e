"""``keys import-fernet``: the values of an older store are sealed anew, all or none."""

import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from keyvault.errors import Invalid
from keyvault.flows.keys.import_fernet import parse_tokens
from keyvault.keyring.envelope import PADDED
from keyvault.keyring.fernet import legacy_key
from keyvault.secrets.models import Secret, SecretVersion
from keyvault.secrets.services.revealing import reveal_secret
from tests.cast import CastTestCase

VALUES = {"STRIPE_KEY": b"sk_live_0123456789abcdefgh", "db/PASSWORD": b"pass word\r\n", "BLOB": b"\xff\x00\x80" * 9}


class ImportFernetTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.key = Fernet.generate_key()

    def file(self, name: str, content: bytes) -> str:
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def tokens(self, key: bytes | None = None) -> str:
        lines = [f"{name}={Fernet(key or self.key).encrypt(value).decode()}" for name, value in VALUES.items()]
        return self.file("tokens", "\n".join(["# legacy", "", *lines, ""]).encode())

    def run_import(self, tokens: str, *arguments: str, into: str = "acme/shop/development", email: str = "") -> str:
        output = io.StringIO()
        key = arguments or ("--key-file", self.file("key", self.key + b"\n"))
        email = email or self.olivia.email
        call_command("keys", "import-fernet", tokens, *key, "--into", into, "--as", email, stdout=output)
        return output.getvalue()

    def revealed(self) -> dict[str, bytes]:
        actor = self.actor(self.olivia, stepped_up=True)
        return {
            secret.name: reveal_secret(actor=actor, secret=secret).value.data
            for secret in Secret.objects.visible_to(actor)
        }

    def test_values_arrive_exactly_and_padded(self) -> None:
        output = self.run_import(self.tokens())
        self.assertIn("3 new, 0 changed, 0 the same", output)
        envelopes = [bytes(version.envelope or b"") for version in SecretVersion.objects.all()]
        self.assertEqual({envelope[3] for envelope in envelopes}, {PADDED})
        self.assertEqual(self.revealed(), VALUES)

    def test_operator_and_member_are_both_recorded(self) -> None:
        self.run_import(self.tokens())
        begun, imported, *made = self.assertEvents(
            "keys:import-fernet", "secret:import", "secret:create", "secret:create", "secret:create"
        )
        self.assertEqual(
            (begun.actor_type, json.loads(bytes(begun.entry))["details"]["as"]), ("system", self.olivia.email)
        )
        self.assertEqual({event.actor_id for event in [imported, *made]}, {self.olivia.pk})

    def test_neither_output_nor_log_holds_a_value_or_token(self) -> None:
        tokens = self.tokens()
        output = self.run_import(tokens)
        entries = b"".join(bytes(event.entry) for event in self.events())
        for line in Path(tokens).read_text().splitlines()[2:]:
            self.assertNotIn(line.split("=", 1)[1][:30], output + entries.decode())
        self.assertNotIn("sk_live", output + entries.decode())

    def test_again_changes_nothing(self) -> None:
        self.run_import(self.tokens())
        output = self.run_import(self.tokens())
        self.assertIn("0 new, 0 changed, 3 the same", output)

    def test_json_from_standard_input(self) -> None:
        document = json.dumps({name: Fernet(self.key).encrypt(value).decode() for name, value in VALUES.items()})
        stdin = io.TextIOWrapper(io.BytesIO(document.encode()))
        with mock.patch("sys.stdin", stdin):
            self.run_import("-")
        self.assertEqual(self.revealed(), VALUES)

    def test_key_of_a_passphrase_with_few_rounds(self) -> None:
        key = legacy_key(b"old passphrase", salt=b"old salt", rounds=100_000)
        passphrase, salt = self.file("passphrase", b"old passphrase\n"), self.file("salt", b"old salt\n")
        self.run_import(
            self.tokens(key), "--passphrase-file", passphrase, "--salt-file", salt, "--iterations", "100000"
        )
        self.assertEqual(self.revealed(), VALUES)

    def test_one_token_that_does_not_open_stops_all(self) -> None:
        with open(self.tokens(), "a", encoding="ascii") as file:
            file.write(f"FOREIGN={Fernet(Fernet.generate_key()).encrypt(b'x').decode()}\n")
        with self.assertRaisesRegex(CommandError, "1 of 4 tokens do not open .*: FOREIGN"):
            self.run_import(str(self.folder / "tokens"))
        self.assertFalse(Secret.objects.exists())
        self.assertNoEvent("secret:import", "keys:import-fernet")

    def test_rights_of_the_member_count(self) -> None:
        with self.assertRaises(CommandError):
            self.run_import(self.tokens(), email=self.vera.email)
        self.assertFalse(Secret.objects.exists())
        self.assertEvents("keys:import-fernet", "secret:import:denied")

    def test_outsiders_and_unknown_places_are_refused(self) -> None:
        for changes in ({"email": self.mallory.email}, {"into": "acme/shop"}, {"into": "acme/shop/nowhere"}):
            with self.assertRaises(CommandError):
                self.run_import(self.tokens(), **changes)
        self.assertNoEvent()

    def test_incomplete_passphrase_is_wrong_usage(self) -> None:
        with self.assertRaises(CommandError) as refusal:
            self.run_import(self.tokens(), "--passphrase-file", self.file("passphrase", b"x"))
        self.assertEqual(refusal.exception.returncode, 2)


class ParseTests(CastTestCase):
    def test_malformed_files_are_refused_without_repeating_them(self) -> None:
        lines = ["{" * 10**5, "gAAAsecret", "NAME=", "=gAAAsecret", "A=gAAAsecret\nA=gAAAsecret"]
        documents = [
            '{"a": 1}',
            '{"a": "gAAAsecret"',
            '{"a": {"b": "gAAAsecret"}}',
            '{"A": "gAAA", "A": "x"}',
            "{" * 10**5,
        ]
        for text in lines + documents:
            with self.assertRaises(Invalid) as refusal:
                parse_tokens(text)
            self.assertNotIn("gAAA", str(refusal.exception))

    def test_names_and_tokens_are_taken_as_they_are(self) -> None:
        self.assertEqual(parse_tokens("\n# c\n A = gAAA== \r\nb/C=x"), {"A": b"gAAA==", "b/C": b"x"})
        self.assertEqual(parse_tokens(' {"A": "gAAA=="}'), {"A": b"gAAA=="})
        self.assertEqual(parse_tokens(""), {})
