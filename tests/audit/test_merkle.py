"""Trees, proofs, tiles and notes: the vectors of the specifications, every small size, and the borders of tiles."""

import base64
import hashlib
import unittest
from collections.abc import Callable
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import merkle
from audit.entry import leaf_hash
from audit.merkle import (
    EMPTY_ROOT,
    ProofRefused,
    consistency_proof,
    inclusion_proof,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from audit.notes import Checkpoint, NoteRefused, published, read, sign
from audit.tiles import WIDTH, Edge, path_of, subtrees_of
from audit.verifier import kv_audit_verify as verifier

# The leaves and roots of the reference tests of RFC 6962 (certificate-transparency, merkle_tree_test).
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(bytes.fromhex(entry)) for entry in INPUTS]


def leaves(count: int) -> list[bytes]:
    return [hashlib.sha256(n.to_bytes(8, "big")).digest() for n in range(count)]


def grown(count: int) -> tuple[Edge, dict[tuple[int, int], bytes]]:
    edge = Edge()
    tiles = {(tile.level, tile.index): tile.hashes for tile in edge.extend(leaves(count))}
    return edge, tiles


class TreeTests(unittest.TestCase):
    def test_vectors_of_rfc_6962(self) -> None:
        self.assertEqual(EMPTY_ROOT.hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        for size, root in enumerate(ROOTS, start=1):
            self.assertEqual(root_of(LEAVES[:size]).hex(), root)

    def test_every_inclusion_proof_of_small_trees_holds_and_no_other(self) -> None:
        for size in range(1, 40):
            some = leaves(size)
            root = root_of(some)
            for index in range(size):
                proof = inclusion_proof(index, size, merkle._subtrees_of(some))
                verify_inclusion(some[index], index, size, proof, root)
                self.assertRefusedWhenChanged(proof, partial(verify_inclusion, some[index], index, size, root=root))
                with self.assertRaises(ProofRefused):
                    verify_inclusion(bytes(32), index, size, proof, root)

    def test_every_consistency_proof_of_small_trees_holds_and_no_other(self) -> None:
        some = leaves(40)
        roots = [root_of(some[:size]) for size in range(41)]
        for new in range(1, 41):
            for old in range(1, new + 1):
                proof = consistency_proof(old, new, merkle._subtrees_of(some))
                verify_consistency(old, new, proof, roots[old], roots[new])
                self.assertRefusedWhenChanged(
                    proof, partial(verify_consistency, old, new, old_root=roots[old], new_root=roots[new])
                )

    def test_borders_of_tiles(self) -> None:
        sizes = (255, 256, 257, 511, 512, 513, 65535, 65536, 65537, 66000)
        some = leaves(max(sizes))
        edge, tiles = Edge(), dict[tuple[int, int], bytes]()
        roots = {}
        for size in sizes:
            tiles |= {(tile.level, tile.index): tile.hashes for tile in edge.extend(some[edge.size : size])}
            edge = Edge.unpack(size, edge.pack())
            roots[size] = edge.root()
            self.assertEqual(edge.root(), root_of(some[:size]))
        subtrees = subtrees_of(self.hashes(tiles, edge, some))
        for size in sizes:
            for index in {0, 1, 255, 256, size - 1} & set(range(size)):
                verify_inclusion(some[index], index, size, inclusion_proof(index, size, subtrees), roots[size])
            for old in sizes:
                if old <= size:
                    verify_consistency(old, size, consistency_proof(old, size, subtrees), roots[old], roots[size])

    def hashes(self, tiles: dict[tuple[int, int], bytes], edge: Edge, some: list[bytes]) -> merkle.Subtrees:
        def read_tile(level: int, index: int) -> bytes:
            if (level, index) in tiles:
                return tiles[level, index]
            if level == 0:
                return b"".join(some[index * WIDTH : edge.size])
            return b"".join(
                root_of(some[n * WIDTH**level : (n + 1) * WIDTH**level])
                for n in range(index * WIDTH, edge.size // WIDTH**level)
            )

        return read_tile

    @settings(deadline=None, max_examples=60)
    @given(st.lists(st.integers(1, 700), min_size=1, max_size=6))
    def test_growing_in_steps_is_growing_at_once(self, steps: list[int]) -> None:
        some = leaves(sum(steps))
        edge, tiles = Edge(), []
        for step in steps:
            tiles += edge.extend(some[edge.size : edge.size + step])
            edge = Edge.unpack(edge.size, edge.pack())
        self.assertEqual(edge.root(), root_of(some))
        once, at_once = Edge(), []
        at_once += once.extend(some)
        self.assertEqual(tiles, at_once)

    @settings(deadline=None, max_examples=60)
    @given(st.integers(0, 3000))
    def test_the_verifier_counts_by_itself_and_comes_to_the_same_root(self, size: int) -> None:
        frontier = verifier.Frontier()
        for leaf in leaves(size):
            frontier.append(leaf)
        self.assertEqual(frontier.root(), grown(size)[0].root())

    def test_tiles_lie_where_c2sp_wants_them(self) -> None:
        self.assertEqual(path_of(0, 1234067), "tile/0/x001/x234/067")
        self.assertEqual(path_of(2, 5), "tile/2/005")
        self.assertEqual(path_of(0, 273, 112), "tile/0/273.p/112")

    def test_edge_of_another_size_is_refused(self) -> None:
        edge, _ = grown(300)
        for size in (299, 301, 44):
            if size != 300 and size % 256 != 44:
                with self.assertRaises(ValueError):
                    Edge.unpack(size, edge.pack())

    def assertRefusedWhenChanged(self, proof: list[bytes], verify: Callable[..., None]) -> None:
        for at in range(len(proof)):
            other = [*proof[:at], bytes(32), *proof[at + 1 :]]
            with self.assertRaises(ProofRefused):
                verify(proof=other)
        for other in (proof[:-1], [*proof, bytes(32)]):
            if other != proof:
                with self.assertRaises(ProofRefused):
                    verify(proof=other)


class NoteTests(unittest.TestCase):
    KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    PUBLIC = KEY.public_key().public_bytes_raw()
    CHECKPOINT = Checkpoint("keys.example.com/audit/instance", 8, bytes.fromhex(ROOTS[7]))

    GOLDEN = "iLT36mLYLCA7yDxUkf5A5uVz3DG4A6e+1+OPOCUcQ/A719rtSWrxnmeUpVLotCoWMsIpAKYo2FFXaaTRgLKGwJohbwE="
    PUBLISHED = "keys.example.com/audit/instance+88b4f7ea+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"

    def test_note_of_today_is_the_note_for_ever(self) -> None:
        self.assertEqual(
            sign(self.CHECKPOINT, self.KEY),
            "keys.example.com/audit/instance\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\n"
            "\u2014 keys.example.com/audit/instance " + self.GOLDEN + "\n",
        )
        self.assertEqual(published("keys.example.com/audit/instance", self.PUBLIC), self.PUBLISHED)

    def test_signed_note_is_read_and_by_no_other_key(self) -> None:
        note = sign(self.CHECKPOINT, self.KEY)
        self.assertEqual(read(note, self.PUBLIC), self.CHECKPOINT)
        other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
        with self.assertRaises(NoteRefused):
            read(note, other)

    def test_signature_of_an_unknown_key_beside_ours_is_passed_over(self) -> None:
        note = sign(self.CHECKPOINT, self.KEY)
        line = f"\u2014 witness.example {base64.b64encode(bytes(68)).decode()}\n"
        self.assertEqual(read(note + line, self.PUBLIC), self.CHECKPOINT)
        body, _, ours = note.partition("\n\n")
        self.assertEqual(read(f"{body}\n\n{line}{ours}", self.PUBLIC), self.CHECKPOINT)

    def test_other_forms_are_refused_by_both_readers(self) -> None:
        note = sign(self.CHECKPOINT, self.KEY)
        body, _, signatures = note.partition("\n\n")
        origin, _, root = body.split("\n")
        others = {
            "leading zero": f"{origin}\n08\n{root}\n\n{signatures}",
            "no final newline": note[:-1],
            "CRLF": note.replace("\n", "\r\n"),
            "two empty lines": f"{body}\n\n\n{signatures}",
            "a fourth line": f"{body}\nmore\n\n{signatures}",
            "another size": f"{origin}\n9\n{root}\n\n{signatures}",
            "another origin": note.replace("/audit/instance", "/audit/other"),
            "no signature": f"{body}\n\n",
            "negative": f"{origin}\n-8\n{root}\n\n{signatures}",
            "short root": f"{origin}\n8\n{root[:-4]}\n\n{signatures}",
        }
        for name, other in others.items():
            with self.subTest(name):
                with self.assertRaises(NoteRefused):
                    read(other, self.PUBLIC)
                with self.assertRaises(ValueError):
                    verifier.read_note(other, [verifier.Key("", self.PUBLIC)])

    def test_published_key_is_read_by_the_verifier_and_bound_to_its_host(self) -> None:
        key = verifier.Key.parse(published("keys.example.com/audit/instance", self.PUBLIC))
        self.assertEqual((key.host, key.public), ("keys.example.com", self.PUBLIC))
        verifier.read_note(sign(self.CHECKPOINT, self.KEY), [key])
        elsewhere = Checkpoint("other.example.com/audit/instance", 8, self.CHECKPOINT.root)
        with self.assertRaises(ValueError):
            verifier.read_note(sign(elsewhere, self.KEY), [key])

    def test_key_that_does_not_fit_its_name_is_refused(self) -> None:
        text = published("keys.example.com/audit/instance", self.PUBLIC).replace("example.com", "example.org")
        with self.assertRaises(verifier.CannotRun):
            verifier.Key.parse(text)
