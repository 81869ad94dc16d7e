"""What must never be in the key tables, the database refuses."""

import os
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, connection, transaction
from django.db.models import RestrictedError
from django.db.models.functions import Now
from django.test import TestCase

from keyvault.keyring.models import DataKey, DataKeyState, DataKeyWrap, RootKey, RootState
from tests.keyring.scene import new_organization


class ConstraintTests(TestCase):
    def assertRefused(self, constraint: str, model: type[RootKey] | type[DataKey], **facts: Any) -> None:
        with self.assertRaisesRegex(IntegrityError, constraint), transaction.atomic():
            model.objects.create(**facts)

    def test_a_ring_has_one_primary(self) -> None:
        facts = {"id": os.urandom(8), "ring": "main", "kind": "raw", "state": RootState.PRIMARY}
        self.assertRefused("one_primary_root_in_a_ring", RootKey, **facts)

    def test_a_root_has_8_bytes_and_known_words(self) -> None:
        good = {"id": os.urandom(8), "ring": "main", "kind": "raw", "state": RootState.DECRYPT_ONLY}
        for constraint, change in (
            ("root_id_is_8_bytes", {"id": os.urandom(7)}),
            ("root_ring_is_known", {"ring": "side"}),
            ("root_kind_is_known", {"kind": "clear"}),
            ("root_state_is_known", {"state": "new"}),
            ("root_has_an_end_once_retired", {"state": RootState.RETIRED}),
            ("root_has_an_end_once_retired", {"retired_at": Now()}),
            ("only_recovery_has_a_public_key", {"public_key": bytes(32)}),
            ("only_recovery_has_a_public_key", {"confirmed_at": Now()}),
            ("only_recovery_has_a_public_key", {"kind": "recovery", "public_key": bytes(32)}),
        ):
            self.assertRefused(constraint, RootKey, **{**good, **change})

    def test_a_purpose_has_one_active_key_and_each_serial_once(self) -> None:
        org = new_organization()
        for owner, purpose in ((org, "value"), (None, "pepper")):
            facts = {"org_id": owner, "purpose": purpose}
            self.assertRefused("one_active_data_key_for_a_purpose", DataKey, **facts, serial=2)
            old = {"state": DataKeyState.DECRYPT_ONLY}
            self.assertRefused("data_key_serial_is_unique", DataKey, **facts, **old)

    def test_a_data_key_has_an_organization_or_is_the_instances(self) -> None:
        sentence = "data_key_has_an_organization_or_is_the_instances"
        self.assertRefused(sentence, DataKey, org_id=None, purpose="value")
        self.assertRefused(sentence, DataKey, org_id=uuid4(), purpose="pepper", serial=2)

    def test_a_data_key_has_known_words(self) -> None:
        good = {"org_id": uuid4(), "purpose": "value"}
        for constraint, change in (
            ("data_key_purpose_is_known", {"purpose": "other"}),
            ("data_key_state_is_known", {"state": "new"}),
            ("data_key_serial_counts_from_one", {"serial": 0}),
            ("data_key_has_an_end_once_shredded", {"state": DataKeyState.SHREDDED}),
            ("data_key_has_an_end_once_shredded", {"shredded_at": Now()}),
        ):
            self.assertRefused(constraint, DataKey, **{**good, **change})

    def test_keys_and_roots_with_wraps_cannot_be_deleted(self) -> None:
        new_organization()
        with self.assertRaises(RestrictedError):
            DataKey.objects.filter(purpose="value").delete()
        for table in ("crypto_datakey", "crypto_rootkey"):
            with self.assertRaises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {table}")
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_a_data_key_has_one_wrap_under_a_root(self) -> None:
        wrap = DataKeyWrap.objects.first()
        assert wrap is not None
        with self.assertRaises(IntegrityError), transaction.atomic():
            DataKeyWrap.objects.bulk_create([DataKeyWrap(datakey=wrap.datakey, root=wrap.root, wrapped=b"")])
