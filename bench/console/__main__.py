"""``python -m bench.console``: the server's time and the queries of every page, on a throwaway installation."""

import argparse
import os
import subprocess
import sys

from bench.stage import staged
from keyvault.embedded.attach import CODE


def main() -> None:
    options = _options()
    with staged(seed="pass"):
        command = f"from bench.console.walk import walk; walk({options.size!r}, {options.rounds})"
        subprocess.run([sys.executable, "manage.py", "shell", "-v", "0", "-c", command], cwd=CODE, check=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.console", description=__doc__)
    parser.add_argument("--size", choices=["small", "full"], default=os.environ.get("SIZE", "full"))
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


if __name__ == "__main__":
    main()
