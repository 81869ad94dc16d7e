"""A dump and the root keys bring everything back on another machine; the commands are those of docs/install.md."""

import re
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ops.installation import CODE, Installation

pytestmark = pytest.mark.slow

_LOOK = """
from audit.models import Event
from keyvault.keyring import ring
from keyvault.keyring.purposes import Purpose
print("SEEN", Event.objects.exclude(action="keys:verify").count(), ring.instance_key(Purpose.PEPPER).id, ring.check())
"""


@pytest.fixture
def other_machine() -> Iterator[Installation]:
    folder = Path(tempfile.mkdtemp(prefix="keyvault-ops-"))
    yield Installation(folder)
    shutil.rmtree(folder)


def commands() -> list[list[str]]:
    """The lines of the section, without what comes before `manage.py`."""
    section = (CODE / "docs" / "install.md").read_text().split("## Backup and restore")[1].split("\n## ")[0]
    lines = re.findall(r"^python manage\.py (.*)$", section, re.MULTILINE)
    return [shlex.split(line, comments=True) for line in lines]


def look(installation: Installation) -> str:
    shown = installation.manage("shell", "-c", _LOOK)
    assert shown.returncode == 0, shown.stderr
    return shown.stdout.partition("SEEN")[2]


def test_a_restored_backup_is_the_same_vault(installation: Installation, other_machine: Installation) -> None:
    dump, *restore = commands()
    before = look(installation)
    run(installation, dump)

    shutil.copy(installation.folder / "keyvault.dump", other_machine.folder)
    shutil.copytree(installation.var / "keys", other_machine.var / "keys")
    for command in restore:
        run(other_machine, command)

    assert "[]" in before
    assert look(other_machine) == before
    assert other_machine.manage("restore", "status").returncode == 3
    run(other_machine, ["restore", "accept", "--pause-all"])
    run(other_machine, ["restore", "status"])


def run(installation: Installation, command: list[str]) -> None:
    done = installation.manage(*command)
    assert done.returncode == 0, (command, done.stderr, done.stdout)
