"""``manage.py audit``: seal, verify and export the log, its keys and epochs, and the months ahead."""

import sys
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import partitions
from audit.entry import INSTANCE
from audit.listing import FORMATS
from audit.management import acts
from audit.verifier.kv_audit_verify import add_trust

_ACTS: dict[str, Callable[..., int]] = {
    "partitions": acts.make_months,
    "seal": acts.seal,
    "keys": acts.keys,
    "verify": acts.verify,
    "export": acts.export,
    "prune": acts.prune,
    "list": acts.list_events,
    "new-epoch": acts.new_epoch,
}


class Command(BaseCommand):
    help = "Care of the audit log."

    def add_arguments(self, parser: CommandParser) -> None:
        act = parser.add_subparsers(dest="act", required=True)
        making = act.add_parser("partitions", help="make the partitions of the months ahead and check their triggers")
        making.add_argument("--months", type=int, default=partitions.MONTHS_AHEAD, help="how far ahead (0 to 120)")
        act.add_parser("seal", help="seal what is there now, and tell the witnesses")
        act.add_parser("keys", help="print the public key under the name of each log")
        add_trust(act.add_parser("verify", help="check the whole log; exit code 0, 1, 2 or 3"))
        exporting = act.add_parser("export", help="write the log to files")
        exporting.add_argument("folder", help="made by the export")
        exporting.add_argument("--org", help="the id of one organization, whose log alone is exported")
        pruning = act.add_parser("prune", help="take months out of the log, into archives; by the database's owner")
        pruning.add_argument("folder", help="where each month's archive is made")
        pruning.add_argument("--before", required=True, metavar="YYYY-MM", help="the first month that stays")
        listing = act.add_parser("list", help="print the sealed events of one log, for other tools; proves nothing")
        listing.add_argument("--org", default=str(INSTANCE), help="the organization's id; else the installation's log")
        listing.add_argument("--format", choices=FORMATS, default="jsonl")
        ending = act.add_parser("new-epoch", help="begin anew after a restore: what is lost stays on record")
        ending.add_argument("--reason", required=True)
        ending.add_argument("--accept-loss", action="store_true", required=True)

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        try:
            code = _ACTS[act](self.stdout, **options)
        except acts.CannotAct as reason:
            raise CommandError(str(reason), returncode=reason.code) from None
        if code:
            sys.exit(code)
