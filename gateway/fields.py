"""Two types of PostgreSQL's, as text on our side."""

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    _TextField = models.TextField[Any, Any]  # generic for the type checker only
else:
    _TextField = models.TextField


class XidField(_TextField):
    """``xid8``: a transaction's number that never wraps."""

    def db_type(self, connection: Any) -> str:
        return "xid8"


class SnapshotField(_TextField):
    """``pg_snapshot``: which transactions a reader has seen."""

    def db_type(self, connection: Any) -> str:
        return "pg_snapshot"
