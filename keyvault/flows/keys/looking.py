"""That somebody looked at the keys is in the log, where a log can be written: a ceremony may be what it waits for."""

import django.db

from audit.services import Outcome, record
from keyvault.actor import Actor
from keyvault.errors import KeyVaultError
from keyvault.flows.keys.status import Status
from keyvault.flows.keys.verify import Verified
from keyvault.target import Target


def record_status(*, actor: Actor, seen: Status) -> bool:
    """False where the log cannot be written: its key is shut, or the database has none yet."""
    details = {"problems": len(seen.problems), "notices": len(seen.notices)}
    return _record("keys:status", actor, Outcome.SUCCESS, details)


def record_verify(*, actor: Actor, found: Verified) -> bool:
    details = {"opened": found.opened, "broken": len(found.broken), "shut": len(found.shut)}
    return _record("keys:verify", actor, Outcome.SUCCESS if found.sound else Outcome.ERROR, details)


def _record(action: str, actor: Actor, outcome: Outcome, details: dict[str, int]) -> bool:
    try:
        record(action, actor=actor, on=Target(org=None), outcome=outcome, details={**details})
    except (KeyVaultError, django.db.Error):
        return False
    return True
