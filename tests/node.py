"""Node's packages for the slow tests: real providers and SDKs that are not written in Python."""

import shutil
import subprocess
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from unittest import SkipTest


@cache
def installed(*packages: str) -> Path:
    """A folder with them, once a run; left to the system's temporary folder. Skips the test where it cannot be."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        raise SkipTest("Node and npm are not installed: apt-get install nodejs npm")
    folder = Path(mkdtemp(prefix="keyvault-node-"))
    (folder / "package.json").write_text('{"private": true}')
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", *packages]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise SkipTest(f"npm could not install {', '.join(packages)}: {done.stderr[-300:]}")
    return folder
