"""The folder `secrets/` never shadows Python's own module of that name (docs/adr/0001)."""

import os
import secrets
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

CODE = Path(__file__).resolve().parents[1]


def test_the_app_is_a_symbolic_link_that_git_keeps() -> None:
    link = CODE / "keyvault" / "secrets"
    assert link.is_symlink()
    assert os.readlink(link) == "../secrets"


def test_the_folder_is_no_package() -> None:
    assert not (CODE / "secrets" / "__init__.py").exists()


def test_bare_secrets_is_pythons() -> None:
    assert secrets.__file__ is not None
    assert Path(secrets.__file__).is_relative_to(sysconfig.get_path("stdlib"))
    assert len(secrets.token_bytes(32)) == 32


def test_bare_secrets_is_pythons_for_a_command_run_from_the_checkout() -> None:
    asked = [sys.executable, "-c", "import secrets; print(secrets.token_hex)"]
    assert "function token_hex" in subprocess.run(asked, cwd=CODE, capture_output=True, text=True, check=True).stdout


def test_no_file_has_two_names() -> None:
    import keyvault.secrets.apps

    assert "secrets.apps" not in sys.modules
    assert keyvault.secrets.apps.__name__ == "keyvault.secrets.apps"


def test_a_checkout_without_links_is_named_with_its_repair(tmp_path: Path) -> None:
    shutil.copy(CODE / "manage.py", tmp_path)
    (tmp_path / "keyvault").mkdir()
    (tmp_path / "keyvault" / "secrets").write_text("../secrets")
    run = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert "must be a symbolic link to ../secrets" in run.stderr
    assert "Traceback" not in run.stderr
    (tmp_path / "secrets").mkdir()
    subprocess.run(run.stderr.split("repair it with: ")[1], shell=True, check=True)
    assert (tmp_path / "keyvault" / "secrets").resolve() == tmp_path / "secrets"
