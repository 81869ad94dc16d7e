"""The event as the database indexes it; the record itself is ``entry``."""

from functools import cached_property
from typing import Any

import orjson
from django.db import models

from audit.entry import Outcome, Receipt, leaf_hash
from audit.querysets import EventQuerySet
from keyvault.ids import uuid7


class Event(models.Model):
    """One act. Rows are made by :mod:`audit.services` only; the database refuses every change of one.

    Unmanaged, because the table, its partitions, triggers and rights are made in SQL (migration 0001) and Django's
    flush must not touch it. No foreign keys: an event outlives all that it names.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField()
    org_id = models.UUIDField(help_text="The zero UUID for an event of the installation.")
    action = models.TextField()
    outcome = models.TextField(choices=[(word.value, word.value) for word in Outcome])
    actor_type = models.TextField()
    actor_id = models.UUIDField(null=True)
    project_id = models.UUIDField(null=True)
    environment_id = models.UUIDField(null=True)
    secret_id = models.UUIDField(null=True)
    token_id = models.UUIDField(null=True, help_text="The token acted with.")
    target_token_id = models.UUIDField(null=True, help_text="The token acted on.")
    version = models.IntegerField(null=True)
    address = models.GenericIPAddressField(null=True)
    request_id = models.UUIDField()
    reason = models.TextField(blank=True)
    entry = models.BinaryField()
    mac_key_id = models.UUIDField()
    mac = models.BinaryField()

    objects = EventQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "audit_event"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.action} ({self.outcome})"

    @cached_property
    def document(self) -> dict[str, Any]:
        """The entry, parsed; its keys are those of the table in :mod:`audit.entry`."""
        document: dict[str, Any] = orjson.loads(bytes(self.entry))
        return document

    @property
    def receipt(self) -> Receipt:
        return Receipt(self.id, leaf_hash(bytes(self.entry)))
