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


class Leaf(models.Model):
    """One place in a log: an event, or a statement of the sealer's. Written by :mod:`audit.sealing` only."""

    pk = models.CompositePrimaryKey("log_id", "epoch", "leaf_index")
    log_id = models.UUIDField(help_text="The organization's id; the zero UUID for the installation's log.")
    epoch = models.IntegerField()
    leaf_index = models.BigIntegerField()
    event_id = models.UUIDField(null=True)
    statement = models.BinaryField(null=True)
    leaf_hash = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_leaf"


class Tile(models.Model):
    """256 hashes of one level, see :mod:`audit.tiles`."""

    pk = models.CompositePrimaryKey("log_id", "epoch", "level", "tile_index")
    log_id = models.UUIDField()
    epoch = models.IntegerField()
    level = models.SmallIntegerField()
    tile_index = models.BigIntegerField()
    hashes = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_tile"


class Checkpoint(models.Model):
    """A signed note, see :mod:`audit.notes`."""

    pk = models.CompositePrimaryKey("log_id", "epoch", "size")
    log_id = models.UUIDField()
    epoch = models.IntegerField()
    size = models.BigIntegerField()
    root = models.BinaryField()
    note = models.TextField()
    sealed_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "audit_checkpoint"


class Sealer(models.Model):
    """What the sealer says of itself. It proves nothing: whoever writes the database writes this too."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    public_key = models.BinaryField()
    host = models.TextField()
    looked_at = models.DateTimeField()
    trouble = models.TextField()

    class Meta:
        managed = False
        db_table = "audit_sealer"


class Verification(models.Model):
    """One run of ``audit verify``: what it came to. Like the sealer's row it proves nothing to a third party."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(auto_now_add=True)
    exit_code = models.PositiveSmallIntegerField()
    leaves = models.PositiveBigIntegerField()
    checkpoints = models.PositiveBigIntegerField()
    logs = models.PositiveIntegerField()
    has_witness = models.BooleanField()
    counts = models.JSONField()  # of each finding's code

    def __str__(self) -> str:
        return f"{self.exit_code} at {self.at}"
