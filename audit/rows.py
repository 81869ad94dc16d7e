"""An event as a row: the entry, the MAC over it, and the columns that index it."""

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from audit.entry import INSTANCE, JSON, TEXT_LIMIT, Outcome, Receipt, clip, compose, leaf_hash, row_mac
from keyvault.actor import Actor
from keyvault.keyring import ring
from keyvault.keyring.purposes import Purpose
from keyvault.target import Target


class Prepared(NamedTuple):
    """A row of ``audit_event``, ready for a statement of the caller's own; fields are its columns, in order."""

    id: UUID
    at: dt.datetime
    org_id: UUID
    action: str
    outcome: str
    actor_type: str
    actor_id: UUID | None
    project_id: UUID | None
    environment_id: UUID | None
    secret_id: UUID | None
    token_id: UUID | None
    target_token_id: UUID | None
    version: int | None
    address: str | None
    request_id: UUID
    reason: str
    entry: bytes
    mac_key_id: UUID
    mac: bytes

    @property
    def receipt(self) -> Receipt:
        return Receipt(self.id, leaf_hash(self.entry))


COLUMNS = Prepared._fields


def row_of(
    event_id: UUID,
    at: dt.datetime,
    action: str,
    actor: Actor,
    on: Target,
    outcome: Outcome,
    reason: str,
    details: Mapping[str, JSON],
    vouched_by: Purpose = Purpose.AUDIT_MAC,
) -> Prepared:
    """The entry, its MAC under the active key of that purpose, and the columns that index it."""
    reason = clip(reason, TEXT_LIMIT)
    entry = compose(
        event_id=event_id,
        at=at,
        action=action,
        outcome=outcome,
        actor=actor,
        on=on,
        reason=reason,
        details=details,
    )
    org_id = on.org.id if on.org else INSTANCE
    key = ring.instance_key(vouched_by)
    return Prepared(
        id=event_id,
        at=at,
        org_id=org_id,
        action=str(action),
        outcome=str(outcome),
        actor_type=str(actor.type),
        actor_id=actor.id,
        project_id=on.project.id if on.project else None,
        environment_id=on.environment.id if on.environment else None,
        secret_id=on.secret.id if on.secret else None,
        token_id=actor.token.token_id if actor.token else None,
        target_token_id=on.token.id if on.token else None,
        version=on.version,
        address=actor.origin.address,
        request_id=actor.origin.request_id,
        reason=reason,
        entry=entry,
        mac_key_id=key.id,
        mac=row_mac(key.secret, org_id, entry),
    )
