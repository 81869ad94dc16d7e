"""A configuration secret opens by ``reveal()`` in its own row, and shows nowhere else."""

import copy
import io
import logging
import pickle
from typing import Any
from uuid import uuid4

from django.contrib import admin
from django.contrib.admin.utils import display_for_field
from django.core import serializers
from django.core.exceptions import FieldError
from django.db import connection, models, transaction
from django.forms import modelform_factory
from django.forms.models import model_to_dict
from django.test import TestCase
from rest_framework.serializers import ModelSerializer

from keyvault.errors import CannotOpen
from keyvault.ids import uuid7
from keyvault.keyring.fields import Sealed, SealedTextField
from keyvault.keyring.models import DataKey

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Hook(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7)
    name = models.CharField(max_length=50)
    secret = SealedTextField(null=True)
    other = SealedTextField(null=True)

    objects: models.Manager["Hook"] = models.Manager()

    class Meta:
        app_label = "sealing"
        db_table = "sealing_hook"
        managed = False

    def __str__(self) -> str:
        return f"{self.name} {self.secret}"


class Numbered(models.Model):
    secret = SealedTextField()

    class Meta:
        app_label = "sealing"
        managed = False

    def __str__(self) -> str:
        return "numbered"


class HookSerializer(ModelSerializer[Hook]):
    class Meta:
        model = Hook
        fields = "__all__"


class SealedFieldTestCase(TestCase):
    def setUp(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMPORARY TABLE sealing_hook (id uuid PRIMARY KEY, name text, secret bytea, other bytea)"
                " ON COMMIT DROP"
            )
        self.hook = Hook.objects.create(name="deploy", secret=SECRET)

    def stored(self, column: str = "secret") -> bytes:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {column} FROM sealing_hook WHERE id = %s", [self.hook.id])
            row: tuple[bytes] = cursor.fetchone()
            return bytes(row[0])


class RoundTripTests(SealedFieldTestCase):
    def test_text_comes_back_before_and_after_saving(self) -> None:
        self.assertEqual(self.hook.secret.reveal(), SECRET)
        self.assertEqual(Hook.objects.get().secret.reveal(), SECRET)

    def test_stored_bytes_are_an_envelope_under_the_config_key(self) -> None:
        self.assertNotIn(SECRET.encode(), self.stored())
        key = DataKey.objects.get(purpose="config")
        self.assertEqual(self.stored()[:20], b"KV\x01\x02" + key.id.bytes)

    def test_empty_text_and_nothing_are_told_apart(self) -> None:
        empty = Hook.objects.create(name="empty", secret="")
        self.assertEqual(Hook.objects.get(pk=empty.pk).secret.reveal(), "")
        self.assertIsNone(Hook.objects.get(pk=empty.pk).other)
        self.assertEqual(list(Hook.objects.filter(other__isnull=False)), [])

    def test_saving_again_does_not_seal_again(self) -> None:
        before, hook = self.stored(), Hook.objects.get()
        hook.name = "renamed"
        hook.save()
        self.assertEqual(self.stored(), before)

    def test_new_text_replaces_the_old(self) -> None:
        self.hook.secret = "another secret"
        self.hook.save(update_fields=["secret"])
        self.assertEqual(Hook.objects.get().secret.reveal(), "another secret")

    def test_ways_of_loading_and_storing(self) -> None:
        self.assertEqual(Hook.objects.defer("secret").get().secret.reveal(), SECRET)
        self.hook.refresh_from_db()
        self.assertEqual(self.hook.secret.reveal(), SECRET)
        made = Hook.objects.bulk_create([Hook(name="bulk", secret="bulk text")])
        made[0].secret = "updated text"
        Hook.objects.bulk_update(made, ["secret"])
        self.assertEqual(Hook.objects.get(name="bulk").secret.reveal(), "updated text")


class BoundTests(SealedFieldTestCase):
    def test_envelope_of_another_row_column_or_table_does_not_open(self) -> None:
        thief = Hook.objects.create(name="thief", secret="mine", other="mine")
        for column in ("secret", "other"):
            with connection.cursor() as cursor:
                cursor.execute(f"UPDATE sealing_hook SET {column} = %s WHERE id = %s", [self.stored(), thief.id])
            with self.assertRaises(CannotOpen):
                getattr(Hook.objects.get(pk=thief.pk), column).reveal()

    def test_sealed_text_assigned_to_another_row_does_not_open_there(self) -> None:
        thief = Hook(name="thief", secret=self.hook.secret)
        with self.assertRaises(CannotOpen):
            thief.secret.reveal()

    def test_row_with_another_id_does_not_open(self) -> None:
        self.hook.pk = uuid4()
        with self.assertRaises(CannotOpen):
            self.hook.secret.reveal()

    def test_row_without_a_uuid_of_its_own_is_refused(self) -> None:
        with self.assertRaisesRegex(TypeError, "UUID primary key"):
            Numbered(secret=SECRET)

    def test_text_cannot_be_written_past_the_row(self) -> None:
        with self.assertRaisesRegex(TypeError, "assign it to an instance"), transaction.atomic():
            Hook.objects.update(secret=SECRET)
        self.assertEqual(Hook.objects.get().secret.reveal(), SECRET)

    def test_rows_cannot_be_found_by_their_secret(self) -> None:
        for lookup in ("secret", "secret__contains", "secret__startswith"):
            with self.assertRaises((TypeError, FieldError)) as refusal:
                Hook.objects.filter(**{lookup: SECRET}).exists()
            self.assertNotIn(SECRET, str(refusal.exception))


class NowhereShownTests(SealedFieldTestCase):
    def assertHidden(self, *shown: object) -> None:
        for text in shown:
            self.assertNotIn(SECRET, str(text))
            self.assertNotIn(SECRET[6:20], repr(text))

    def test_neither_repr_nor_str_nor_format(self) -> None:
        sealed = self.hook.secret
        self.assertEqual({repr(sealed), str(sealed), f"{sealed}", f"{sealed!r}"}, {"<sealed>"})
        self.assertHidden(self.hook, [self.hook], {"secret": sealed})

    def test_no_attribute_of_the_instance(self) -> None:
        self.assertHidden(vars(self.hook), vars(Hook.objects.get()), vars(Hook(name="new", secret=SECRET)))

    def test_no_serializer(self) -> None:
        for name in ("json", "python", "xml", "yaml"):
            dumped = serializers.serialize(name, [self.hook])
            self.assertHidden(dumped)
            self.assertNotIn(self.stored().hex(), str(dumped))
        self.assertEqual(set(HookSerializer(self.hook).data), {"id", "name"})

    def test_no_form_and_no_admin(self) -> None:
        self.assertNotIn("secret", modelform_factory(Hook, fields=["name"])().fields)
        self.assertNotIn("secret", model_to_dict(self.hook))
        page = admin.ModelAdmin(Hook, admin.site)
        self.assertNotIn("secret", page.get_form(self._request()).base_fields)
        shown = display_for_field(self.hook.secret, Hook._meta.get_field("secret"), "-")
        self.assertEqual(shown, "<sealed>")

    def test_no_log_line(self) -> None:
        stream = io.StringIO()
        logger = logging.Logger("sealed")
        logger.addHandler(logging.StreamHandler(stream))
        logger.warning("%s %r %s", self.hook, self.hook.secret, vars(self.hook))
        self.assertHidden(stream.getvalue())

    def test_no_exception(self) -> None:
        Hook.objects.filter(pk=self.hook.pk).update(name="x")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE sealing_hook SET secret = set_byte(secret, 40, 255 - get_byte(secret, 40))")
        with self.assertRaises(CannotOpen) as refusal:
            Hook.objects.get().secret.reveal()
        self.assertHidden(refusal.exception, refusal.exception.__context__)

    def test_copies_and_pickles_hold_the_envelope_only(self) -> None:
        self.assertNotIn(SECRET.encode(), pickle.dumps(self.hook))
        copied: Any = pickle.loads(pickle.dumps(copy.deepcopy(self.hook.secret)))
        self.assertIsInstance(copied, Sealed)
        self.assertEqual(copied.reveal(), SECRET)

    def _request(self) -> Any:
        from django.test import RequestFactory

        request: Any = RequestFactory().get("/")
        request.user = type("Operator", (), {"has_perm": lambda *_: True})()
        return request
