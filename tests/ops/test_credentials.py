"""What an embedded installation makes for itself is long enough, kept, and nobody else's to read."""

from pathlib import Path

from keyvault.embedded.credentials import Credentials


def test_the_signing_key_is_as_long_as_django_asks_for(tmp_path: Path) -> None:
    """``security.W009`` wants 50 characters."""
    assert len(Credentials.read_or_make(tmp_path).secret_key) >= 50


def test_they_are_made_once_and_kept_private(tmp_path: Path) -> None:
    made = Credentials.read_or_make(tmp_path)
    assert Credentials.read_or_make(tmp_path) == made
    assert (tmp_path / "credentials.json").stat().st_mode & 0o077 == 0
