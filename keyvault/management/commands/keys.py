"""``manage.py keys``: the key ceremonies.

Standard output never holds a key, except a new recovery key where it is a terminal.
"""

import argparse
import getpass
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit import sink
from keyvault.actor import system
from keyvault.errors import KeyVaultError
from keyvault.flows.keys.add_root import add_root
from keyvault.flows.keys.init import init_keys
from keyvault.flows.keys.looking import record_status, record_verify
from keyvault.flows.keys.promote import promote
from keyvault.flows.keys.recovery import confirm_recovery, recover
from keyvault.flows.keys.retire_root import retire_root
from keyvault.flows.keys.rewrap import rewrap
from keyvault.flows.keys.rotate_org import find_organization, reseal_org, rotate_org
from keyvault.flows.keys.shred_org import shred_org
from keyvault.flows.keys.status import status
from keyvault.flows.keys.verify import verify
from keyvault.keyring import recovery
from keyvault.keyring.readiness import recovery_file
from keyvault.keyring.recovery import RecoveryKey
from keyvault.management import keys_import, keys_report
from keyvault.processes.private import make_private_folder, write_private

ACTOR = system("keys")

_SHOWN = """
The recovery key, shown this once. Write it down and keep it away from this machine: with it and a backup
every value can be read again after the root keys are lost.

    {}

Then prove that you have it: manage.py keys recovery-confirm
"""
_WRITTEN = """\
The recovery key is in {} (mode 0600). Move it away from this machine: with it and a backup every value can be
read again after the root keys are lost. Then prove that you have it: manage.py keys recovery-confirm"""


class Command(BaseCommand):
    help = (
        "Look after the root keys and data keys of this installation. Exit codes: 0 done, or nothing to do; "
        "1 refused, or a check failed; 2 wrong usage; 3 (status) all works, but something should be done."
    )
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
        acts.add_parser("init", help="make whatever is missing: records of the roots, recovery key, instance keys")
        look = acts.add_parser("status", help="roots, data keys and what should be done")
        look.add_argument("--json", action="store_true", help="the same for programs")
        acts.add_parser("verify", help="open every wrap that this process can; 1 if one fails")
        add = acts.add_parser("add-root", help="register the roots of the settings that are new")
        add.add_argument("spec", nargs="?", help="only this one of them")
        fill = acts.add_parser("rewrap", help="give every data key its missing wraps; may be stopped and run again")
        fill.add_argument("--batch", type=int, default=500, help="data keys in a transaction (%(default)s)")
        for name, text in (
            ("promote", "make a root the primary of its ring"),
            ("retire-root", "delete a root's wraps"),
        ):
            acts.add_parser(name, help=text).add_argument("fingerprint", help="at least 8 digits of it")
        for name, text in (
            ("recovery-confirm", "prove that the recovery key is kept and opens"),
            ("recover", "after the roots are lost: open by the recovery key, wrap under the roots of the settings"),
        ):
            where = "where the recovery key is; without, it is asked for or read from standard input"
            acts.add_parser(name, help=text).add_argument("--file", type=Path, help=where)
        rotate = acts.add_parser("rotate-org", help="new data keys for an organization; what is stored follows")
        rotate.add_argument("org", help="its slug")
        rotate.add_argument("--now", action="store_true", help="seal what is stored here instead of in the worker")
        shred = acts.add_parser("shred-org", help="destroy an organization's data keys: its values are gone for ever")
        shred.add_argument("org", help="its slug")
        shred.add_argument("--confirm", metavar="SLUG", help="the slug again; without, it is asked for")
        keys_import.add_arguments(acts.add_parser("import-fernet", help="take over the values of an older store"))

    def handle(self, *_: str, act: str, **options: Any) -> None:
        try:
            getattr(self, act.replace("-", "_"))(options)
        except KeyVaultError as refusal:
            raise CommandError(refusal.detail) from None

    def init(self, options: dict[str, Any]) -> None:
        made = init_keys(actor=ACTOR, deliver=self._deliver)
        self.stdout.write("The key ring is ready." if made.anything else "The key ring was ready already.")

    def status(self, options: dict[str, Any]) -> None:
        if options["json"]:
            sink.move_to_standard_error()
        seen = status()
        record_status(actor=ACTOR, seen=seen)
        self.stdout.write(keys_report.as_json(seen) if options["json"] else keys_report.as_text(seen))
        if seen.problems or seen.notices:
            sys.exit(1 if seen.problems else 3)

    def verify(self, options: dict[str, Any]) -> None:
        found = verify()
        record_verify(actor=ACTOR, found=found)
        for wrap in found.broken:
            self.stdout.write(f"BROKEN  data key {wrap.slot.key_id} under root {wrap.root_id.hex()}")
        for key_id in found.shut:
            self.stdout.write(f"SHUT    data key {key_id} opens under no root key of this process")
        self.stdout.write(f"{found.opened} wraps open, {len(found.broken)} do not, {len(found.shut)} keys are shut.")
        if not found.sound:
            sys.exit(1)

    def add_root(self, options: dict[str, Any]) -> None:
        added = add_root(actor=ACTOR, spec=options["spec"])
        for root in added:
            self.stdout.write(f"Added {root} to the {root.ring} ring. Next: manage.py keys rewrap")
        if not added:
            self.stdout.write("Every root key of the settings was registered already.")

    def rewrap(self, options: dict[str, Any]) -> None:
        if options["batch"] < 1:
            raise CommandError("--batch is at least 1", returncode=2)
        done = rewrap(actor=ACTOR, batch=options["batch"])
        self.stdout.write(f"{done.made} wraps made.")
        if done.shut:
            raise CommandError(f"{len(done.shut)} data keys open under no root key of this process: see keys status")

    def promote(self, options: dict[str, Any]) -> None:
        root = promote(actor=ACTOR, fingerprint=options["fingerprint"])
        self.stdout.write(f"{root} is the primary root key of the {root.ring} ring.")

    def retire_root(self, options: dict[str, Any]) -> None:
        root = retire_root(actor=ACTOR, fingerprint=options["fingerprint"])
        self.stdout.write(
            f"{root} opens nothing of this database any more. Backups made before today still open with it."
        )

    def recovery_confirm(self, options: dict[str, Any]) -> None:
        opened = confirm_recovery(actor=ACTOR, key=recovery.parse(_recovery_text(options["file"])))
        self.stdout.write(f"The recovery key opens all {opened} data keys. Now keep it off this machine.")

    def recover(self, options: dict[str, Any]) -> None:
        keys = recover(actor=ACTOR, key=recovery.parse(_recovery_text(options["file"])))
        self.stdout.write(f"{keys} data keys are wrapped under the roots of the settings. Now retire the lost ones.")

    def rotate_org(self, options: dict[str, Any]) -> None:
        org = find_organization(options["org"])
        begun = rotate_org(actor=ACTOR, org=org)
        self.stdout.write(f"{org.slug} {'seals under new keys.' if begun else 'has a rotation that goes on.'}")
        if not options["now"]:
            self.stdout.write("The worker seals what is stored and then retires the old keys: see keys status.")
            return
        progress = reseal_org(actor=ACTOR, org=org, seconds=float("inf"))
        self.stdout.write(f"{progress.done.moved} values sealed anew, {progress.done.overtaken} changed meanwhile.")
        if progress.done.shut:
            raise CommandError(f"{progress.done.shut} values do not open: the old keys are kept")
        self.stdout.write("The old keys are gone." if progress.finished else "The worker retires the old keys later.")

    def shred_org(self, options: dict[str, Any]) -> None:
        org = find_organization(options["org"])
        typed = options["confirm"] if options["confirm"] is not None else _typed(org.slug)
        erased = shred_org(actor=ACTOR, org=org, typed=typed)
        self.stdout.write(f"The data keys of {org.slug} are destroyed, {erased} values erased. Events stay.")
        self.stdout.write("Backups from before still open with the root keys of their time: destroy them too.")

    def import_fernet(self, options: dict[str, Any]) -> None:
        self.stdout.write(keys_import.run(options, ACTOR))

    def _deliver(self, key: RecoveryKey) -> None:
        if self.stdout.isatty():
            self.stdout.write(_SHOWN.format(key.text()))
        else:
            self.stdout.write(_WRITTEN.format(_write_recovery_key(key)))


def _typed(slug: str) -> str:
    if not sys.stdin.isatty():
        raise CommandError("Say --confirm with the organization's slug", returncode=2)
    return input(f"Every value of {slug} will be gone for ever. Type {slug} to go on: ").strip()


def _write_recovery_key(key: RecoveryKey) -> Path:
    path = recovery_file()
    make_private_folder(path.parent)
    if path.exists():  # of an earlier database, whose backups may still need it
        path.rename(path.with_name(f"recovery.key.{time.time_ns()}"))
    write_private(path, key.text() + "\n")
    return path


def _recovery_text(path: Path | None) -> str:
    if path is None:
        return getpass.getpass("Recovery key: ") if sys.stdin.isatty() else sys.stdin.readline()
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as problem:
        raise CommandError(f"{path} cannot be read: {problem.strerror}") from None
