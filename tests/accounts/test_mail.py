"""Mail of the embedded default lies in a private folder, and its link stands in the log."""

from email import message_from_string, policy
from pathlib import Path

import pytest
from django.core.mail import EmailMessage, get_connection
from pytest_django.fixtures import Settings

LINK = "http://127.0.0.1:8000/password-reset/1-abc"


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.EMAIL_FILE_PATH = str(tmp_path / "var" / "mail")
    (tmp_path / "var").mkdir()
    return tmp_path / "var" / "mail"


def send(*bodies: str) -> int:
    backend = get_connection("accounts.mail.FileAndLogBackend")
    messages = [EmailMessage("Reset", body, "kv@acme.example", ["iris@acme.example"]) for body in bodies]
    return int(backend.send_messages(messages) or 0)


def test_each_message_is_a_file_for_our_eyes_only(folder: Path) -> None:
    assert send(f"Open {LINK}", "Nothing to open") == 2
    files = sorted(folder.iterdir())
    assert [path.suffix for path in files] == [".eml", ".eml"]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    message = message_from_string(files[0].read_text(), policy=policy.default)
    assert (message["To"], LINK in message.get_content()) == ("iris@acme.example", True)


def test_the_log_says_where_it_is_and_its_link(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "accounts.mail"):
        send(f"A private word.\n\nOpen {LINK}\n", "Nothing to open")
    first, second = caplog.messages
    assert first.startswith(f"Mail in {folder}/")
    assert first.endswith(f".eml, its link: {LINK}")
    assert second.endswith(".eml")
    assert "private word" not in first
