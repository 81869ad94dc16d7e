"""What the identifiers in usage are called now; what is gone shows its identifier."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from accounts.models import User
from keyvault.secrets.models import Environment, Project
from tokens.models import AccessToken, ServiceIdentity

_NAMED: Final[Mapping[str, tuple[Any, str]]] = {
    "project": (Project, "slug"),
    "environment": (Environment, "slug"),
    "person": (User, "email"),
    "service": (ServiceIdentity, "slug"),
    "token": (AccessToken, "name"),
}


def names(kind: str, keys: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """One query. ``kind`` is token, person, service, project or environment."""
    model, column = _NAMED[kind]
    return dict(model.objects.filter(pk__in=set(keys) - {None}).values_list("pk", column))
