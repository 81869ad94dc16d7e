"""What changed, in the transaction that changed it, and which workers know."""

from django.db import models
from django.db.models import Func

from gateway.fields import SnapshotField, XidField
from keyvault.ids import uuid7


class Change(models.Model):
    """Written by triggers alone (migration 0003). ``kind`` and ``subject`` say whose tokens are to be read anew: those
    of a token, membership, user, team, service, environment, secret, project or org; null with ``everything``.
    """

    id = models.BigAutoField(primary_key=True)
    xid = XidField(db_default=Func(function="pg_current_xact_id"))
    kind = models.CharField(max_length=12)
    subject = models.UUIDField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["xid"], name="change_by_xid"),
            models.Index(fields=["subject"], name="change_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Worker(models.Model):
    """A process of the gateway. It has applied what ``seen`` holds, and serves nobody after ``lease_until``."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120)  # host and process
    started_at = models.DateTimeField(auto_now_add=True)
    seen = SnapshotField(null=True)
    lease_until = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
