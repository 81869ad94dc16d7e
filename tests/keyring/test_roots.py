"""Root specs: what is read, what is refused and that no sentence repeats a key."""

import base64
import os
import tempfile
from pathlib import Path
from unittest import TestCase, mock

from keyvault.keyring import roots
from keyvault.keyring.roots import RootKind, RootRefused, load_root
from tests.keyring import blobs

SALT = blobs.PASSPHRASE_SALT


class RootFileTests(TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "root key: one"

    def write(self, content: str | bytes, mode: int = 0o600) -> str:
        self.path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.path.chmod(mode)
        return f"file:{self.path}"

    def assertRefused(self, spec: str, sentence: str) -> None:
        with self.assertRaisesRegex(RootRefused, sentence) as refusal:
            load_root(spec)
        for key in (blobs.RAW_ROOT, blobs.PASSPHRASE, SALT):
            self.assertNotIn(key, str(refusal.exception))

    def test_raw_root_is_read_with_and_without_a_line_break(self) -> None:
        for content in (blobs.RAW_ROOT, blobs.RAW_ROOT + "\n", f"\r\n{blobs.RAW_ROOT}\r\n"):
            root = load_root("raw:" + self.write(content))
            self.assertEqual((root.id.hex(), root.kind, root.warning), (blobs.RAW_ROOT_ID, RootKind.RAW, ""))

    def test_raw_root_of_another_length_or_alphabet_is_refused(self) -> None:
        for content in (
            "",
            "AAAA",
            base64.b64encode(bytes(31)).decode(),
            base64.b64encode(bytes(33)).decode(),
            "é" * 44,
            "0" * 64,
        ):
            self.assertRefused("raw:" + self.write(content), "base64 of 32 bytes")

    def test_passphrase_root_is_read(self) -> None:
        root = load_root(f"pbkdf2-sha256:600000:{SALT}:" + self.write(blobs.PASSPHRASE))
        self.assertEqual((root.id.hex(), root.kind, root.weakness), (blobs.PASSPHRASE_ROOT_ID, RootKind.PBKDF2, ""))

    def test_passphrase_with_a_line_break_is_refused(self) -> None:
        for content in (blobs.PASSPHRASE + "\n", blobs.PASSPHRASE + "\r\n", "two\nlines of passphrase"):
            self.assertRefused(f"pbkdf2-sha256:600000:{SALT}:" + self.write(content), "line break")

    def test_empty_passphrase_is_refused(self) -> None:
        self.assertRefused(f"pbkdf2-sha256:600000:{SALT}:" + self.write(""), "empty")

    def test_too_few_rounds_are_refused(self) -> None:
        for rounds in ("599999", "0", "-600000", "6e5", "", "٦٠٠٠٠٠", "9" * 11, "9" * 5000):
            self.assertRefused(f"pbkdf2-sha256:{rounds}:{SALT}:" + self.write(blobs.PASSPHRASE), "600,000")

    def test_short_or_malformed_salt_is_refused(self) -> None:
        for salt in ("", "AAAA", "é", "not base64!", base64.b64encode(bytes(15)).decode()):
            self.assertRefused(f"pbkdf2-sha256:600000:{salt}:" + self.write(blobs.PASSPHRASE), "16 bytes")

    def test_weak_passphrases_are_marked(self) -> None:
        for passphrase, sentence in (("nineteen characters", "shorter than 20"), ("abab" * 10, "repeats")):
            root = load_root(f"pbkdf2-sha256:600000:{SALT}:" + self.write(passphrase))
            self.assertIn(sentence, root.weakness)

    def test_rounds_and_salt_make_another_root(self) -> None:
        source = self.write(blobs.PASSPHRASE)
        specs = (f"pbkdf2-sha256:600001:{SALT}:", f"pbkdf2-sha256:600000:{base64.b64encode(bytes(16)).decode()}:")
        ids = {load_root(spec + source).id.hex() for spec in specs}
        self.assertEqual(len(ids | {blobs.PASSPHRASE_ROOT_ID}), 3)

    def test_file_that_others_may_read_is_refused_with_the_cure(self) -> None:
        for mode in (0o644, 0o640, 0o604, 0o660, 0o700, 0o4600):
            self.assertRefused("raw:" + self.write(blobs.RAW_ROOT, mode), "chmod 0600.*read-only mount")

    def test_private_modes_are_accepted(self) -> None:
        for mode in (0o600, 0o400):
            self.assertEqual(load_root("raw:" + self.write(blobs.RAW_ROOT, mode)).id.hex(), blobs.RAW_ROOT_ID)

    def test_wide_file_on_a_read_only_mount_is_accepted(self) -> None:
        spec = "raw:" + self.write(blobs.RAW_ROOT, 0o444)
        mount = os.statvfs(self.path)
        read_only = os.statvfs_result((*mount[:8], mount.f_flag | os.ST_RDONLY, *mount[9:]))
        with mock.patch.object(os, "fstatvfs", return_value=read_only):
            self.assertEqual(load_root(spec).id.hex(), blobs.RAW_ROOT_ID)

    def test_what_is_no_regular_file_is_refused_at_once(self) -> None:
        os.mkfifo(self.path, 0o600)
        self.assertRefused(f"raw:file:{self.path}", "not a regular file")
        self.assertRefused(f"raw:file:{self.path.parent}", "not a regular file|cannot be read")

    def test_missing_and_oversized_files_are_refused_by_name(self) -> None:
        self.assertRefused(f"raw:file:{self.path}", "root key: one cannot be read: No such file")
        self.assertRefused("raw:" + self.write("x" * (roots._LONGEST_FILE + 1)), "longer than")


class RootSpecTests(TestCase):
    def test_environment_variable_is_accepted_with_a_warning(self) -> None:
        with mock.patch.dict(os.environ, {"TEST_ROOT": blobs.RAW_ROOT}):
            root = load_root("raw:env:TEST_ROOT")
        self.assertIn("environment variable", root.warning)
        self.assertNotIn(blobs.RAW_ROOT, root.warning)

    def test_malformed_specs_are_refused_without_repeating_them(self) -> None:
        incomplete = ["", "raw:", "raw:file:", "raw:env:", "pbkdf2-sha256:600000", f"pbkdf2-sha256:600000:{SALT}"]
        malformed = [blobs.RAW_ROOT, f"raw:{blobs.RAW_ROOT}", "RAW:file:/x", "raw:https://x", "raw:env:A:B"]
        for spec in incomplete + malformed:
            with self.assertRaises(RootRefused) as refusal:
                load_root(spec)
            self.assertNotIn(blobs.RAW_ROOT, str(refusal.exception))

    def test_key_material_is_not_shown(self) -> None:
        with mock.patch.dict(os.environ, {"TEST_ROOT": blobs.RAW_ROOT}):
            root = load_root("raw:env:TEST_ROOT")
        self.assertNotIn("kek", repr(root))
        self.assertNotIn(repr(root.kek), repr(root))
        self.assertEqual(str(root), "5106eb7e…")
