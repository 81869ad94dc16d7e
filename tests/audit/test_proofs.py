"""A holder of a receipt proves the event by the API's proofs and the public key alone."""

import base64

from audit import proofs
from audit.merkle import verify_consistency, verify_inclusion
from audit.models import Checkpoint
from audit.notes import read
from audit.sealing import seed
from audit.services import Receipt
from tests.audit.sealed import ACME, EVIL, SealedTestCase


class ProofTests(SealedTestCase):
    kept_for_the_class = True

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        test = cls()
        cls.receipts = []
        cls.sizes = []
        for count in (3, 252, 1, 260, 90):
            cls.receipts += test.happen(count)
            test.happen(1, org=EVIL)
            test.seal()
            cls.sizes.append(len(cls.receipts))

    receipts: list[Receipt]
    sizes: list[int]

    def test_every_receipt_is_proven_against_the_signed_root(self) -> None:
        public = seed.load_key(self.folder).public_key().public_bytes_raw()
        for receipt in self.receipts[::37]:
            digest = str(receipt).split(":")[1]
            leaf = proofs.leaf_of(receipt.event_id, ACME.id)
            assert leaf is not None
            checkpoint = proofs.checkpoint_over(leaf)
            assert checkpoint is not None
            note = read(checkpoint.note, public)
            proof = proofs.prove_inclusion(leaf, checkpoint)
            verify_inclusion(bytes.fromhex(digest), leaf.leaf_index, note.size, proof, note.root)

    def test_every_kept_checkpoint_is_continued_by_the_newest(self) -> None:
        newest = proofs.newest_checkpoint(ACME.id)
        assert newest is not None
        for size in self.sizes:
            kept = Checkpoint.objects.get(log_id=ACME.id, size=size)
            proof = proofs.prove_growth(size, newest)
            verify_consistency(size, newest.size, proof, bytes(kept.root), bytes(newest.root))

    def test_event_that_waits_has_no_leaf_yet(self) -> None:
        (receipt,) = self.happen(1)
        self.assertIsNone(proofs.leaf_of(receipt.event_id, ACME.id))

    def test_root_of_the_note_is_that_of_the_row(self) -> None:
        for checkpoint in Checkpoint.objects.filter(log_id=ACME.id):
            self.assertEqual(base64.b64decode(checkpoint.note.split("\n")[2]), bytes(checkpoint.root))
