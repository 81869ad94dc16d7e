"""Two types of PostgreSQL's, as text on our side."""

from typing import Any

from django.db import models


class XidField(models.TextField):
    """``xid8``: a transaction's number that never wraps."""

    def db_type(self, connection: Any) -> str:
        return "xid8"


class SnapshotField(models.TextField):
    """``pg_snapshot``: which transactions a reader has seen."""

    def db_type(self, connection: Any) -> str:
        return "pg_snapshot"
