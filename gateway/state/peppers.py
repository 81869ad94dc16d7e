"""The keys that presented tokens are digested with: opened by the gateway's root, held in memory."""

from collections.abc import Mapping
from uuid import UUID

from django.db import connection

from keyvault.keyring.models import DataKey, DataKeyState
from keyvault.keyring.purposes import Purpose
from tokens.peppers import pepper_of


def read_peppers() -> Mapping[UUID, bytes]:
    """By id, the newest first. Raises CannotOpen."""
    live = DataKey.objects.filter(purpose=Purpose.PEPPER).exclude(state=DataKeyState.SHREDDED).order_by("-serial")
    try:
        return {pepper_id: pepper_of(pepper_id) for pepper_id in live.values_list("id", flat=True)}
    finally:
        connection.close()  # asked so seldom that a connection is not kept for it
