"""The proof of the log: the sealer, the newest checkpoints, the last verifications, streams and pruned months."""

from django.db import connection
from django.http import HttpRequest
from django.utils.safestring import SafeString

from accounts.platform import PlatformAct
from audit import standing
from audit.entry import INSTANCE
from audit.models import Checkpoint, Sealer, Verification
from audit.partitions import months_ahead
from audit.verifier.kv_audit_verify import INCOMPLETE, TAMPERED, VERIFIED
from keyvault.admin import cells
from keyvault.admin.cells import Tone
from keyvault.admin.parts import Cell, Detail, Facts, Table
from keyvault.admin.single import SinglePage
from keyvault.flows.streams.feeding import behind
from keyvault.flows.streams.models import Stream

_SHOWN = 50
_WORDS: dict[int, tuple[str, Tone]] = {
    VERIFIED: ("Verified", "ok"),
    INCOMPLETE: ("Verified, incomplete", "warn"),
    TAMPERED: ("Tampering", "danger"),
}


class ProofPage(SinglePage):
    """One page to look at; what is done about it, is done on the machine (docs/audit.md)."""

    see = PlatformAct.SEE_EVENTS
    label, one = "Proof of the log", "verification"
    about = "How the log is sealed: checkpoints, verifications, streams, pruned months"

    def look(self, request: HttpRequest) -> Detail:
        tables = [_checkpoints(), _verifications(), _streams(), _pruned()]
        return Detail(self.label, _state(), [Facts("Sealing", _sealing())], tables)


def _state() -> SafeString:
    return cells.badge("Look at it", "danger") if standing.notices() else cells.badge("Sealed", "ok")


def _sealing() -> list[tuple[str, Cell]]:
    sealer = Sealer.objects.first()
    return [
        ("Last look", cells.ago(sealer.looked_at if sealer else None)),
        ("Trouble", " ".join(standing.notices()) or cells.NOTHING),
        ("Signs as", sealer.host if sealer else cells.NOTHING),
        ("Months ahead", months_ahead()),
    ]


def _checkpoints() -> Table:
    """The installation's, which commits to all others: of one organization's log its own people are told."""
    newest = Checkpoint.objects.filter(log_id=INSTANCE).order_by("-epoch", "-size")[:_SHOWN]
    rows: list[list[Cell]] = [
        [note.epoch, note.size, cells.code(bytes(note.root).hex()), cells.moment(note.sealed_at)] for note in newest
    ]
    return Table(
        "Checkpoints of the installation", ("Epoch", "Leaves", "Root", "Signed"), rows, "Nothing is sealed yet."
    )


def _verifications() -> Table:
    rows: list[list[Cell]] = [
        [cells.moment(each.at), _word(each.exit_code), each.leaves, "yes" if each.has_witness else "no", _codes(each)]
        for each in Verification.objects.order_by("-id")[:_SHOWN]
    ]
    columns = ("When", "Result", "Leaves", "With a witness", "Findings")
    return Table("Verifications", columns, rows, "Nobody has verified it yet: manage.py audit verify.")


def _word(code: int) -> SafeString:
    return cells.badge(*_WORDS.get(code, (str(code), "plain")))


def _codes(each: Verification) -> Cell:
    return ", ".join(f"{code} ({count})" for code, count in sorted(each.counts.items())) or cells.NOTHING


def _streams() -> Table:
    rows: list[list[Cell]] = [
        [_owner(each), each.kind, behind(each), cells.ago(each.sent_at), each.last_error]
        for each in Stream.objects.select_related("org")[:_SHOWN]
    ]
    return Table("Streams", ("Log of", "Kind", "Events behind", "Last sent", "Trouble"), rows, "None.")


def _owner(stream: Stream) -> Cell:
    return stream.org.slug if stream.org else "The installation"


def _pruned() -> Table:
    with connection.cursor() as cursor:
        cursor.execute("SELECT month, events, archive, pruned_at FROM audit_prune ORDER BY month DESC")
        found = cursor.fetchall()
    rows: list[list[Cell]] = [
        [month.replace("_", "-"), events, cells.code(bytes(archive).hex()), cells.moment(at)]
        for month, events, archive, at in found
    ]
    return Table("Pruned months", ("Month", "Events", "Archive", "When"), rows, "All months are kept.")
