#!/usr/bin/env python
"""KeyVault's command line. Makes sure of the checkout and of the environment, then hands over to Django."""

import os
import sys
from pathlib import Path


def main() -> None:
    _require_link(Path(__file__).resolve().parent)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyvault.settings")
    from keyvault.embedded.environment import environment_for
    from keyvault.processes.errors import CannotStart

    try:
        with environment_for(sys.argv[1:]):
            _run()
    except CannotStart as reason:
        sys.exit(f"KeyVault cannot start: {reason}")


def _require_link(checkout: Path) -> None:
    """A checkout without symbolic links leaves a text file where the app `keyvault.secrets` should be."""
    if not (checkout / "keyvault" / "secrets").is_dir():
        sys.exit(
            f"{checkout}/keyvault/secrets must be a symbolic link to ../secrets and is not (git's core.symlinks=false, "
            f"or an archive unpacked without links); repair it with: ln -sfn ../secrets {checkout}/keyvault/secrets"
        )


def _run() -> None:
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
