"""Saying a thing once: the row that says so is made in the transaction of what is said."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.db.models import Exists, F, OuterRef, Value
from django.db.models.functions import Cast
from django.utils import timezone

from keyvault.flows.sweeps.models import Notice

Q = TypeVar("Q", bound="models.QuerySet[Any]")


def unsaid(rows: Q, *kinds: str, about: F | Value | None = None) -> Q:
    """Those of which none of these kinds was said about this."""
    said = Notice.objects.filter(subject=OuterRef("pk"), kind__in=kinds)
    spoken = Cast(Value("") if about is None else about, models.CharField())
    return rows.alias(said_about=spoken).exclude(Exists(said.filter(about=OuterRef("said_about"))))


def say_once(org_id: UUID, kind: str, subject: UUID, about: str, say: Callable[[], object]) -> bool:
    """False where it was said by somebody else meanwhile."""
    try:
        with transaction.atomic():
            Notice.objects.create(org_id=org_id, kind=kind, subject=subject, about=about, at=timezone.now())
            say()
    except IntegrityError:
        return False
    return True
