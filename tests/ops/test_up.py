"""The life of `manage.py up`: start, restart, stop, and death at any moment."""

import json
import os
import re
import signal
import socket
from functools import partial
from pathlib import Path

import pytest

from tests.ops.conftest import every_account
from tests.ops.installation import Installation, child_of, descendants, runs, wait_until

pytestmark = pytest.mark.slow

CHILDREN = {
    "web": "keyvault.web",
    "worker": "keyvault.celery worker",
    "beat": "keyvault.celery beat",
    "gateway": "manage.py gateway",
    "redis": "redis-server",
    "postgres": "bin/postgres",
}


@every_account
def test_it_starts_answers_and_leaves_nothing_when_asked_to_stop(installation: Installation) -> None:
    up = installation.up()
    status, answer = installation.get("/readyz")
    wait_until(lambda: bool(re.search(r"celery@\S+ ready\.", installation.log)))
    below = descendants(up.pid)
    up.send_signal(signal.SIGTERM)

    assert (status, answer["status"]) == (200, "ready")
    assert up.wait(60) == 0
    assert not [pid for pid in below if runs(pid)]
    assert installation.log.index("Warm shutdown") < installation.log.index("Shutting down granian")
    assert installation.log.index("Shutting down granian") < installation.log.index("received fast shutdown request")


@every_account
def test_a_killed_one_leaves_nothing_and_starts_again_at_once(installation: Installation) -> None:
    for _ in range(3):
        up = installation.up()
        below = descendants(up.pid)
        assert len(below) >= 12  # the six and the sealer, with workers of four of them
        up.kill()
        up.wait()
        again = installation.up()
        assert not [command for pid, command in below.items() if runs(pid)]
        again.send_signal(signal.SIGTERM)
        assert again.wait(60) == 0


def test_after_a_kill_everything_is_gone_within_seconds(installation: Installation) -> None:
    up = installation.up()
    below = descendants(up.pid)
    up.kill()
    up.wait()
    wait_until(lambda: not any(map(runs, below)), within=5)


@pytest.mark.parametrize("name", CHILDREN)
def test_a_child_that_dies_is_started_again(installation: Installation, name: str) -> None:
    up = installation.up()
    first = child_of(up.pid, CHILDREN[name])
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: f"{name} ended (-9); it starts again in 0.5 s" in installation.log)
    wait_until(lambda: any(CHILDREN[name] in command for command in descendants(up.pid).values()))
    wait_until(installation.is_ready)

    assert not runs(first)
    assert child_of(up.pid, CHILDREN[name]) != first


def test_a_second_one_says_so_and_disturbs_nothing(installation: Installation) -> None:
    up = installation.up()
    second = installation.manage("up")

    assert second.returncode == 1
    assert f"KeyVault already runs on {installation.var}: process {up.pid}." in second.stderr
    assert "Traceback" not in second.stderr
    assert installation.is_ready()


def test_a_taken_port_is_named(installation: Installation) -> None:
    with socket.create_server(("127.0.0.1", installation.port)):
        run = installation.manage("up")

    assert run.returncode == 1
    assert f"port {installation.port} on 127.0.0.1 is taken by another program" in run.stderr
    assert "Traceback" not in run.stderr
    assert not (installation.var / "postgres").exists()


def test_other_commands_use_its_servers(installation: Installation) -> None:
    up = installation.up()
    shown = installation.manage("showmigrations", "audit")

    assert shown.returncode == 0, shown.stderr
    assert "[X] 0001_audit_is_append_only" in shown.stdout
    assert len([command for command in descendants(up.pid).values() if "bin/postgres" in command]) == 1


def test_files_are_private_and_processes_cannot_be_looked_into(installation: Installation) -> None:
    up = installation.up()

    assert installation.var.stat().st_mode & 0o777 == 0o700
    for name in ("credentials.json", "redis.conf", "keys/root.key", "keys/gateway-root.key", "servers.json"):
        assert (installation.var / name).stat().st_mode & 0o777 == 0o600, name
    for name in ("web", "worker", "beat"):
        wait_until(partial(_dumps_no_core, child_of(up.pid, CHILDREN[name])))


def _dumps_no_core(pid: int) -> bool:
    return bool(re.search(r"Max core file size\s+0\s+0\s", Path(f"/proc/{pid}/limits").read_text()))


def test_no_secret_is_in_the_log_or_in_a_command_line(installation: Installation) -> None:
    up = installation.up()
    secrets = [*json.loads((installation.var / "credentials.json").read_text()).values()]
    secrets += [(installation.var / "keys" / name).read_text().strip() for name in ("root.key", "gateway-root.key")]
    said = installation.log + "".join(descendants(up.pid).values())

    assert str(installation.var / "keys" / "root.key") in said
    assert not [secret for secret in secrets if secret in said]
