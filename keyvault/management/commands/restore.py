"""``manage.py restore``: after a backup was put back, say what it revived, take that away again, and accept it."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from keyvault.flows.restoring import accept_by_log, accept_with_all_paused
from keyvault.flows.restoring.accepting import NotAllReplayed, NothingToAccept
from keyvault.flows.restoring.lost import CannotRead
from keyvault.flows.restoring.replaying import Replayed
from keyvault.installation import guard


class Command(BaseCommand):
    help = (
        "A database that was restored from a backup refuses every token, because some were revoked since. Exit codes: "
        "0 done, or (status) nothing is wrong; 1 refused; 3 (status) the database waits to be accepted."
    )
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
        acts.add_parser("status", help="whether tokens are refused, and why")
        accepting = acts.add_parser("accept", help="make this database the one from here on")
        how = accepting.add_mutually_exclusive_group(required=True)
        how.add_argument(
            "--from",
            dest="source",
            type=Path,
            help="a bundle, or a file of event lines (audit list, or a server's standard output), made after the "
            "backup: what was revoked, paused and removed since is so again",
        )
        how.add_argument("--pause-all", action="store_true", help="without a log: pause every token")
        accepting.add_argument("--despite-failures", action="store_true", help="even if some acts cannot be repeated")

    def handle(self, *_: str, act: str, **options: Any) -> None:
        (self._status if act == "status" else self._accept)(**options)

    def _status(self, **_: Any) -> None:
        trouble = guard.look()
        if trouble:
            raise CommandError(f"{trouble} Tokens are refused: manage.py restore accept.", returncode=3)
        self.stdout.write("This database is the one it was.")

    def _accept(self, *, source: Path | None, despite_failures: bool, **_: Any) -> None:
        try:
            if source:
                self._tell(accept_by_log(source, despite_failures=despite_failures))
            else:
                paused = accept_with_all_paused()
                self.stdout.write(f"{paused.tokens} tokens paused, {paused.directories} directories' tokens revoked.")
        except NotAllReplayed as refused:
            self._tell(refused.replayed)
            raise CommandError(f"{refused} Nothing is accepted; --despite-failures does so.") from None
        except (CannotRead, NothingToAccept) as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write("Accepted. All sessions ended; then let the sealer begin anew: manage.py audit new-epoch.")

    def _tell(self, replayed: Replayed) -> None:
        for action, count in sorted(replayed.done.items()):
            self.stdout.write(f"{action}: {count} done again")
        for sentence in replayed.failed:
            self.stdout.write(f"NOT done again: {sentence}")
        for action, count in sorted(replayed.left.items()):
            self.stdout.write(f"{action}: {count} lost with the backup, look whether they matter")
