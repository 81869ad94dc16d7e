#!/usr/bin/env python3
"""kv-audit-verify: checks a bundle of KeyVault's audit log on a machine that has never seen KeyVault.

Needs Python 3.11 and the package ``cryptography``, and nothing of KeyVault: copy this one file.

    python3 kv_audit_verify.py BUNDLE --public-key 'keys.example.com/audit/instance+1a2b3c4d+AX…' [--witness NOTES]

The bundle is a folder: ``manifest.json``, and for each log a folder with ``entries.jsonl`` (line n is leaf n, byte for
byte what was hashed), ``checkpoints.txt`` (C2SP signed notes) and ``tile/`` (C2SP tlog-tiles).

Checked are: that every line is canonical and belongs to its log; that no event stands twice; the root (RFC 6962) at the
size of every checkpoint; every signature; that the installation's log states the head of every organization's log; that
every note a witness keeps, every receipt and every line of a server's output is there.

Exit codes: 0 all of it verified, with a key that did not come with the bundle; 1 tampering (findings E_…); 2 it could
not be checked; 3 what could be checked is right, but something is missing (W_…); 4 a bundle of an unknown format.
"""

import argparse
import base64
import binascii
import hashlib
import heapq
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT, VERSION = "keyvault-audit-bundle", 1
ENTRIES, HASHES = "entries.jsonl", "hashes.txt"
VERIFIED, TAMPERED, CANNOT_RUN, INCOMPLETE, UNKNOWN_FORMAT = range(5)
INSTANCE = "00000000-0000-0000-0000-000000000000"

_SHOWN = 20  # findings of one kind that are told one by one
_CHUNK = 1 << 16


class CannotRun(Exception):
    """Nothing can be said about the log."""


class UnknownFormat(Exception):
    """Written by another version."""


@dataclass(frozen=True)
class Finding:
    code: str
    log: str
    sentence: str


class Report:
    """What was found; a code that begins with E_ is tampering, one with W_ is something that could not be checked."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.counts: dict[str, int] = {}
        self.leaves = self.events = self.checkpoints = self.logs = 0
        self.has_witness = False

    def add(self, code: str, log: str, sentence: str) -> None:
        self.counts[code] = self.counts.get(code, 0) + 1
        if self.counts[code] <= _SHOWN:
            self.findings.append(Finding(code, log, sentence))

    @property
    def exit_code(self) -> int:
        if any(code.startswith("E_") for code in self.counts):
            return TAMPERED
        return INCOMPLETE if self.counts else VERIFIED


@dataclass(frozen=True)
class Leaf:
    """One line of a log. ``entry`` is None where it was pruned; ``stored`` is the hash that the log's keeper claims."""

    index: int
    entry: bytes | None
    stored: bytes | None = None


@dataclass(frozen=True)
class Log:
    origin: str
    log_id: str
    epoch: int
    leaves: Callable[[], Iterator[Leaf]]
    notes: Callable[[], Iterator[str]]


@dataclass(frozen=True)
class Key:
    """A public key (32 bytes) and the host whose logs it signs; an empty host is any."""

    host: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> "Key":
        """``<host>/audit/<log>+<key id>+<base64>`` as KeyVault publishes it, or 32 bytes in base64."""
        name, _, rest = text.strip().partition("+")
        _, _, encoded = rest.partition("+")
        try:
            if len(raw := base64.b64decode(text.strip() if not rest else encoded, validate=True)) == 33 and raw[0] == 1:
                raw = raw[1:]
            Ed25519PublicKey.from_public_bytes(raw)
        except (ValueError, binascii.Error):
            raise CannotRun(f"this is no public key: {text.strip()[:80]}") from None
        if encoded and rest[:8] != key_id(name, raw).hex():
            raise CannotRun(f"the public key does not fit its name: {text.strip()[:80]}")
        return cls(name.partition("/audit/")[0] if rest else "", raw)


@dataclass(frozen=True)
class Trust:
    """What the verifier brings along, apart from the log's keeper."""

    keys: Sequence[Key]
    is_independent: bool = True
    witness: Sequence[str] | None = None
    own_notes: Sequence[str] = ()
    receipts: Mapping[bytes, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Note:
    origin: str
    size: int
    root: bytes


def verify(logs: Iterable[Log], trust: Trust, report: Report) -> None:
    """Checks every log, the installation's first, which states the heads of the others, and its last epoch first."""
    ordered = sorted(logs, key=lambda log: (log.log_id != INSTANCE, log.log_id, -log.epoch))
    if not ordered:
        raise CannotRun("there is no log")
    if not trust.is_independent:
        report.add("W_KEY_NOT_INDEPENDENT", "", "the public key came with the log: give the one that you kept")
    witnessed = _witnessed(trust, report, {log.origin for log in ordered})
    report.has_witness = trust.witness is not None
    missing, heads = dict(trust.receipts), Heads()
    with tempfile.TemporaryFile() as spool:
        ids = SortedIds(spool)
        for log in ordered:
            _Check(log, trust, report, heads, missing, ids).run(witnessed.get(log.origin, {}))
        for twice in ids.repeated():
            report.add("E_DUPLICATE", "", f"event {UUID(bytes=twice)} stands in two places")
    heads.require_logs({(log.log_id, log.epoch) for log in ordered}, report)
    for receipt in missing.values():
        report.add("E_RECEIPT_MISSING", "", f"no log has the event of {receipt}")


class _Check:
    """One log, read once from its beginning to its end."""

    def __init__(
        self, log: Log, trust: Trust, report: Report, heads: "Heads", missing: dict[bytes, str], ids: "SortedIds"
    ) -> None:
        self.log, self.trust, self.report, self.heads, self.missing, self.ids = log, trust, report, heads, missing, ids
        self.expected: dict[int, list[tuple[bytes, str, str]]] = {}
        self.pruned = 0

    def run(self, witnessed: Mapping[int, bytes]) -> None:
        signed = self._signed()
        stated = self.heads.of(self.log)
        for code, source, promises in (
            ("E_ROOT_MISMATCH", "its checkpoint", signed),
            ("E_HEAD_MISMATCH", "the installation's log", stated),
            ("E_ROOT_MISMATCH", "the witness", witnessed),
        ):
            for size, root in promises.items():
                self.expected.setdefault(size, []).append((root, code, source))
        size = self._read()
        self._compare_sizes(size, signed, stated, witnessed)
        if self.pruned:
            self._add("W_PRUNED", f"{self.pruned} events are not here, only their hashes: they are in an archive")
        self.report.logs += 1

    def _signed(self) -> dict[int, bytes]:
        signed: dict[int, bytes] = {}
        last = -1
        for text in self.log.notes():
            self.report.checkpoints += 1
            try:
                note = read_note(text, self.trust.keys)
            except ValueError as problem:
                self._add("E_CHECKPOINT_SIG", f"a checkpoint is not signed as it should be: {problem}")
                continue
            if note.origin != self.log.origin:
                self._add("E_CHECKPOINT_SIG", f"a checkpoint is one of {note.origin}")
            elif note.size in signed and signed[note.size] != note.root:
                self._add("E_ROOT_MISMATCH", f"two checkpoints of size {note.size} differ: the log was forked")
            else:
                signed[note.size] = note.root
            if note.size < last:
                self._add("E_CHECKPOINT_MISSING", f"the checkpoint of size {note.size} stands behind a larger one")
            last = note.size
        return signed

    def _read(self) -> int:
        """Every leaf; returns how many there are."""
        tree = Frontier()
        self._at(tree)
        for leaf in self.log.leaves():
            if leaf.index != tree.size:
                self._add("E_LEAF_INDEX", f"leaf {leaf.index} stands where {tree.size} belongs")
            tree.append(self._hash(leaf))
            self.report.leaves += 1
            if tree.size in self.expected:
                self._at(tree)
        return tree.size

    def _hash(self, leaf: Leaf) -> bytes:
        if leaf.entry is None:
            return self._pass_over(leaf)
        found = hashlib.sha256(b"\0" + leaf.entry).digest()
        if leaf.stored is not None and leaf.stored != found:
            self._add("E_LEAF_HASH", f"leaf {leaf.index}: the entry is not the one that was hashed")
        self.missing.pop(found, None)
        self._look_into(leaf.index, leaf.entry)
        return found

    def _pass_over(self, leaf: Leaf) -> bytes:
        """The hash alone: the tree and every receipt can still be checked by it, though not what the event said."""
        if leaf.stored is None:
            self._add("E_EVENT_MISSING", f"leaf {leaf.index}: neither the entry nor its hash is there")
            return bytes(32)
        self.pruned += 1
        self.missing.pop(leaf.stored, None)
        return leaf.stored

    def _look_into(self, index: int, entry: bytes) -> None:
        try:
            document = parsed(entry)
        except ValueError as problem:
            self._add("E_ENTRY_NOT_CANONICAL", f"leaf {index}: {problem}")
            return
        if "t" in document:
            self._hear(index, document)
            return
        org = document.get("org")
        if (org.get("id") if isinstance(org, dict) else INSTANCE) != self.log.log_id:
            self._add("E_WRONG_LOG", f"leaf {index} belongs to another log")
        try:
            self.ids.add(UUID(document["id"]).bytes)
            self.report.events += 1
        except (KeyError, TypeError, ValueError, AttributeError):
            self._add("E_ENTRY_NOT_CANONICAL", f"leaf {index}: it names no event")

    def _hear(self, index: int, document: Mapping[str, Any]) -> None:
        if self.log.log_id != INSTANCE:
            self._add("E_WRONG_LOG", f"leaf {index} is a statement of the installation")
        elif document["t"] == "org_head":
            self.heads.state(document, self.report)
        elif document["t"] == "epoch" and index == 0 and self.log.epoch:
            self.heads.end_epoch(self.log.epoch - 1, document, self.trust.keys, self.report)

    def _at(self, tree: "Frontier") -> None:
        for root, code, source in self.expected.get(tree.size, ()):
            if tree.root() != root:
                self._add(code, f"the first {tree.size} leaves are not those that {source} has")

    def _compare_sizes(
        self, size: int, signed: Mapping[int, bytes], stated: Mapping[int, bytes], witnessed: Mapping[int, bytes]
    ) -> None:
        last = max(signed, default=0)
        if not signed:
            self._add("E_CHECKPOINT_MISSING", "the log has no checkpoint")
        elif size > last:
            self._add("E_LEAVES_UNSIGNED", f"{size - last} leaves stand behind the last checkpoint")
        for source, sizes in (("its checkpoint", signed), ("the installation's log", stated), ("a witness", witnessed)):
            if (most := max(sizes, default=0)) > size:
                code = "W_LOSS_ACCEPTED" if self._is_accepted(most) else "E_TRUNCATED"
                self._add(code, f"{source} knows {most} leaves, there are {size}")
        for source, sizes in (("the installation's log", stated), ("a witness", witnessed)):
            if lost := sorted(known for known in sizes if known not in signed and not self._is_accepted(known)):
                self._add("E_CHECKPOINT_MISSING", f"{source} knows checkpoints that are gone: {lost[:5]}")
        if stated and last > max(stated):
            self._add("E_HEAD_MISMATCH", f"the installation's log knows nothing of the checkpoint of {last} leaves")

    def _is_accepted(self, size: int) -> bool:
        """The next epoch says that the log had been this long, and that what is missing was lost in a restore."""
        return self.log.log_id == INSTANCE and size <= self.heads.ended.get(self.log.epoch, -1)

    def _add(self, code: str, sentence: str) -> None:
        self.report.add(code, self.log.origin, sentence)


class Heads:
    """What the installation's log states of the others."""

    def __init__(self) -> None:
        self.ended: dict[int, int] = {}
        self._stated: dict[tuple[str, int], dict[int, bytes]] = {}

    def end_epoch(self, epoch: int, document: Mapping[str, Any], keys: Sequence[Key], report: Report) -> None:
        """The statement that begins the next epoch: the signed note of this one's last checkpoint."""
        try:
            self.ended[epoch] = read_note(str(document["previous"]), keys).size
        except (KeyError, ValueError):
            report.add("W_KEY_CHANGED", "", f"the last checkpoint of epoch {epoch} is of another key than those given")

    def state(self, document: Mapping[str, Any], report: Report) -> None:
        try:
            head = (str(document["org"]), int(document["epoch"]))
            size, root = int(document["size"]), bytes.fromhex(document["root"])
        except (KeyError, TypeError, ValueError):
            report.add("E_ENTRY_NOT_CANONICAL", "", "a statement of the installation's log is incomplete")
            return
        if self._stated.setdefault(head, {}).setdefault(size, root) != root:
            report.add("E_HEAD_MISMATCH", head[0], f"the installation's log states two roots of {size} leaves")

    def of(self, log: Log) -> Mapping[int, bytes]:
        return self._stated.get((log.log_id, log.epoch), {})

    def require_logs(self, present: set[tuple[str, int]], report: Report) -> None:
        for log_id, epoch in sorted(self._stated.keys() - present):
            report.add("E_TRUNCATED", log_id, f"the log (epoch {epoch}) is gone; the installation's log knows it")


class Frontier:
    """The peaks of a growing Merkle tree (RFC 6962 §2.1)."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        node, full = leaf, self.size
        while full & 1:
            node = hashlib.sha256(b"\x01" + self._peaks.pop() + node).digest()
            full >>= 1
        self._peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        if not self._peaks:
            return hashlib.sha256(b"").digest()
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = hashlib.sha256(b"\x01" + peak + root).digest()
        return root


class SortedIds:
    """Which identifiers come twice, in flat memory: sorted pieces in a file, merged at the end."""

    def __init__(self, spool: Any) -> None:
        self._spool = spool
        self._held: list[bytes] = []
        self._pieces: list[tuple[int, int]] = []

    def add(self, identifier: bytes) -> None:
        self._held.append(identifier)
        if len(self._held) == _CHUNK:
            self._put_away()

    def repeated(self) -> Iterator[bytes]:
        self._put_away()
        last = b""
        for identifier in heapq.merge(*(self._piece(start, end) for start, end in self._pieces)):
            if identifier == last:
                yield identifier
            last = identifier

    def _put_away(self) -> None:
        start = self._spool.seek(0, 2)
        self._spool.write(b"".join(sorted(self._held)))
        self._pieces.append((start, start + 16 * len(self._held)))
        self._held.clear()

    def _piece(self, start: int, end: int) -> Iterator[bytes]:
        while start < end:
            self._spool.seek(start)
            block = self._spool.read(min(16 * 1024, end - start))
            for at in range(0, len(block), 16):
                yield block[at : at + 16]
            start += len(block)


def parsed(entry: bytes) -> dict[str, Any]:
    """The entry as JSON. Raises ValueError unless it is in the canonical form of RFC 8785, restricted."""
    try:
        document = json.loads(entry.decode(), parse_float=_refused, parse_constant=_refused)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(document, dict):
        raise ValueError("it is no object")
    if json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() != entry:
        raise ValueError("it is not in canonical form")
    return document


def _refused(literal: str) -> Any:
    raise ValueError(f"{literal} has no place in an entry")


def key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]


def read_note(text: str, keys: Sequence[Key]) -> Note:
    """A checkpoint (C2SP tlog-checkpoint) that one of the keys signed under its origin. Raises ValueError."""
    body, empty, signatures = text.partition("\n\n")
    lines = body.split("\n")
    if not empty or len(lines) != 3 or not signatures.endswith("\n"):
        raise ValueError("it is no signed checkpoint")
    origin, size, encoded = lines
    root = base64.b64decode(encoded, validate=True)
    if str(int(size)) != size or int(size) < 0 or len(root) != 32 or base64.b64encode(root).decode() != encoded:
        raise ValueError("its size or root is not in its one form")
    for line in signatures[:-1].split("\n"):
        dash, name, signature = [*line.split(" ", 2), "", ""][:3]
        if dash != "\u2014" or not name or not signature:
            raise ValueError("a line is no signature")
        signed = base64.b64decode(signature, validate=True)
        if name == origin and any(_signed_by(key, origin, body + "\n", signed) for key in keys):
            return Note(origin, int(size), root)
    raise ValueError("no signature is of a key that was given")


def _signed_by(key: Key, origin: str, body: str, signed: bytes) -> bool:
    if signed[:4] != key_id(origin, key.public) or (key.host and not origin.startswith(f"{key.host}/audit/")):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signed[4:], body.encode())
    except InvalidSignature:
        return False
    return True


def split_notes(text: str) -> Iterator[str]:
    """The notes of a file: each a body, an empty line, signatures, and an empty line that parts it from the next."""
    parts = text.split("\n\n")
    for at in range(0, len(parts) - 1, 2):
        yield f"{parts[at]}\n\n{parts[at + 1].rstrip(chr(10))}\n"


def _witnessed(trust: Trust, report: Report, origins: set[str]) -> dict[str, dict[int, bytes]]:
    """Size → root of the notes that the witness keeps, by log."""
    kept: dict[str, dict[int, bytes]] = {}
    for text in (*(trust.witness or ()), *trust.own_notes):
        try:
            note = read_note(text, trust.keys)
        except ValueError as problem:
            report.add("E_CHECKPOINT_SIG", "", f"a note of the witness: {problem}")
            continue
        sizes = kept.setdefault(note.origin, {})
        if sizes.setdefault(note.size, note.root) != note.root:
            report.add("E_ROOT_MISMATCH", note.origin, f"the witness keeps two notes of size {note.size}: a split view")
    return {origin: sizes for origin, sizes in kept.items() if origin in origins}


# --- A bundle on disk


def bundle(folder: Path, archives: Sequence[Path] = ()) -> list[Log]:
    """``archives`` are bundles that have what was pruned from this one. Raises UnknownFormat, CannotRun."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        format_, version = manifest["format"], manifest["v"]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise CannotRun(f"{folder} is no bundle: {problem}") from None
    if (format_, version) != (FORMAT, VERSION):
        raise UnknownFormat(f"{format_} version {version}")
    try:
        return [_bundled(folder, log, archives) for log in manifest["logs"]]
    except (KeyError, TypeError, ValueError) as problem:
        raise CannotRun(f"the manifest is incomplete: {problem}") from None


def _bundled(folder: Path, log: Mapping[str, Any], archives: Sequence[Path]) -> Log:
    place = (folder / str(log["folder"])).resolve()
    if not place.is_relative_to(folder.resolve()):
        raise CannotRun("the manifest points out of the bundle")
    return Log(
        str(log["origin"]),
        str(UUID(log["log"])),
        int(log["epoch"]),
        lambda: _lines(place, [archive / place.name for archive in archives]),
        lambda: split_notes((place / "checkpoints.txt").read_text(encoding="utf-8", errors="replace")),
    )


def _lines(place: Path, archived: Sequence[Path] = ()) -> Iterator[Leaf]:
    with ExitStack() as files:
        entries = files.enter_context((place / ENTRIES).open("rb"))
        others = [files.enter_context(path.open("rb")) for each in archived if (path := each / ENTRIES).is_file()]
        hashes = _hashes(place / HASHES)
        for index, line in enumerate(entries):
            entry = line.removesuffix(b"\n")
            kept = [each.readline().removesuffix(b"\n") for each in others]
            if entry:
                yield Leaf(index, entry)
            else:
                yield Leaf(index, next(filter(None, kept), None), hashes.get(index))


def _hashes(path: Path) -> dict[int, bytes]:
    """Of the lines that are empty."""
    if not path.is_file():
        return {}
    try:
        lines = [line.split() for line in path.read_text(encoding="ascii").splitlines()]
        return {int(index): bytes.fromhex(digest) for index, digest in lines}
    except ValueError:
        raise CannotRun(f"{path} is no list of hashes") from None


# --- The command


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    report = Report()
    try:
        logs = bundle(options.bundle, options.archive)
        verify(logs, _trust(options), report)
    except UnknownFormat as problem:
        return _end(UNKNOWN_FORMAT, f"unknown format: {problem}")
    except (CannotRun, OSError, UnicodeDecodeError) as problem:
        return _end(CANNOT_RUN, f"cannot verify: {problem}")
    (tell_json if options.json else tell)(report)
    return report.exit_code


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="kv-audit-verify", description="Checks a bundle of KeyVault's audit log.")
    parser.add_argument("bundle", type=Path)
    parser.add_argument(
        "--archive", action="append", default=[], type=Path, metavar="BUNDLE", help="where pruned events are now"
    )
    add_trust(parser)
    return parser.parse_args(arguments)


def add_trust(parser: Any) -> None:
    """The arguments that say what the verifier brings along."""
    parser.add_argument(
        "--public-key", action="append", default=[], metavar="KEY", help="as published, or a file of it"
    )
    parser.add_argument("--witness", action="append", default=[], metavar="FILE", help="notes that a witness kept")
    parser.add_argument("--receipts", metavar="FILE", help="one <event id>:<leaf hash> a line")
    parser.add_argument("--lines", metavar="FILE", help="event lines of a server's standard output")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def _trust(options: argparse.Namespace) -> Trust:
    given = given_keys(options.public_key)
    keys = given or given_keys([str(options.bundle / "keys.txt")])
    receipts = given_receipts(options.receipts, options.lines)
    return Trust(keys, bool(given), given_notes(options.witness), receipts=receipts)


def given_keys(texts: Sequence[str]) -> list[Key]:
    """Each text is a key, or the path of a file with one a line."""
    lines: list[str] = []
    for text in texts:
        lines += Path(text).read_text(encoding="utf-8").splitlines() if _is_file(text) else [text]
    return [Key.parse(line) for line in lines if line.strip() and not line.startswith("#")]


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except OSError:  # too long for a name
        return False


def given_notes(paths: Sequence[str]) -> list[str] | None:
    if not paths:
        return None
    return [note for path in paths for note in split_notes(Path(path).read_text(encoding="utf-8"))]


def given_receipts(receipts: str | None, lines: str | None) -> dict[bytes, str]:
    """Leaf hash → how to call it."""
    wanted: dict[bytes, str] = {}
    for text in Path(receipts).read_text(encoding="utf-8").split() if receipts else ():
        _, _, digest = text.partition(":")
        try:
            wanted[bytes.fromhex(digest)] = f"receipt {text}"
        except ValueError:
            raise CannotRun(f"this is no receipt: {text[:120]}") from None
    for line in Path(lines).read_bytes().splitlines() if lines else ():
        if line.startswith(b'{"') and b'"actor"' in line:
            wanted[hashlib.sha256(b"\0" + line).digest()] = f"line {line[:120].decode(errors='replace')}"
    return wanted


def tell(report: Report) -> None:
    for finding in report.findings:
        print(
            f"{finding.code} {finding.log}: {finding.sentence}" if finding.log else f"{finding.code} {finding.sentence}"
        )
    for code, count in report.counts.items():
        if count > _SHOWN:
            print(f"{code}: {count} in all")
    word = {VERIFIED: "verified", TAMPERED: "TAMPERING", INCOMPLETE: "verified, but incomplete"}[report.exit_code]
    print(f"{word}: {report.leaves} leaves, {report.checkpoints} checkpoints, {report.logs} logs")
    if not report.has_witness:
        print("No witness was asked: this is what the holder of the signing key signed, whoever holds it by now.")


def tell_json(report: Report) -> None:
    found = [{"code": each.code, "log": each.log, "sentence": each.sentence} for each in report.findings]
    print(
        json.dumps(
            {
                "exit": report.exit_code,
                "leaves": report.leaves,
                "checkpoints": report.checkpoints,
                "logs": report.logs,
                "witness": report.has_witness,
                "counts": report.counts,
                "findings": found,
            }
        )
    )


def _end(code: int, sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
