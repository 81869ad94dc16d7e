"""The commit of a read: its events, before anything is opened."""

from collections.abc import Mapping, Sequence

from audit.services import JSON, Receipt, record, record_many
from keyvault.actor import Actor
from keyvault.secrets.acts import one_act
from keyvault.target import Target


def commit_read(
    action: str, *, actor: Actor, on: Target, reason: str, details: Mapping[str, JSON] | None = None
) -> Receipt:
    """One committed event. A revocation that committed before it wins: Unauthorized or NotAllowed."""
    with one_act(action, actor=actor, on=on):
        [receipt] = record_many(action, actor=actor, on=[on], reason=reason, details=details)
    return receipt


def commit_reads(
    action: str, *, actor: Actor, place: Target, on: Sequence[Target], reason: str, details: Mapping[str, JSON]
) -> list[Receipt]:
    """One event for the request, with ``details``, and one for each value; committed together."""
    request = f"{action}-many"
    with one_act(request, actor=actor, on=place):
        record(request, actor=actor, on=place, reason=reason, details=details)
        return record_many(action, actor=actor, on=on, reason=reason)
