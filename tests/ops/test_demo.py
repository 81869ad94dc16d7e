"""`make demo` plays the main job against a server that was just started, and prints nothing secret."""

import re
import subprocess
import sys

import pytest

from tests.ops.installation import CODE, Installation

pytestmark = pytest.mark.slow

SECRET = re.compile(r"kv[a-z]_\w{12,}|sk_(test|live)_\w+|sk-demo-\w+|postgres://|https://\w+@")


def demo(port: int, gateway_port: int) -> subprocess.CompletedProcess[str]:
    servers = ["--url", f"http://127.0.0.1:{port}", "--gateway", f"http://127.0.0.1:{gateway_port}"]
    command = [sys.executable, "-m", "demo", *servers]
    return subprocess.run(command, cwd=CODE, capture_output=True, text=True, check=False, timeout=120)


def test_the_demo_holds_and_shows_no_value(installation: Installation) -> None:
    installation.up()
    played = demo(installation.port, installation.gateway_port)

    assert played.returncode == 0, played.stdout + played.stderr
    assert played.stdout.endswith("All of it held.\n")
    assert "secret:reveal" in played.stdout
    assert "the stream is cut" in played.stdout
    for output in (played.stdout, played.stderr, installation.log):
        assert not SECRET.search(output), SECRET.search(output)


def test_without_a_server_it_says_how_to_start_one() -> None:
    played = demo(9, 9)

    assert played.returncode == 1
    assert "start it with make run" in played.stderr
    assert "Traceback" not in played.stderr
