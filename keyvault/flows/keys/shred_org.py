"""``keys shred-org``: an organization's data keys are destroyed, and with them every value it stored. For ever."""

from django.db import transaction

from audit.services import JSON, record
from keyvault.actor import Actor
from keyvault.errors import Invalid
from keyvault.flows.keys.shelves import SHELVES
from keyvault.keyring import ring
from keyvault.keyring.succession import living_keys, shred_keys
from keyvault.keyring.turns import ceremony
from orgs.models import Organization

_BATCH = 1000


def shred_org(*, actor: Actor, org: Organization, typed: str, batch: int = _BATCH) -> int:
    """Returns how many envelopes were erased. Safe to repeat: a run that was killed goes on where it stopped.

    The keys go first and at once, then the envelopes that nothing opens any more; names, versions and events stay to
    be read. ``typed`` is the organization's slug, typed by whoever means it; raises Invalid for anything else.
    Backups from before still open with the roots of their time: destroy both together.
    """
    if typed != org.slug:
        raise Invalid(f"Type the organization's slug, {org.slug}, to destroy every value that it stored")
    with ceremony():
        keys = list(living_keys(org.pk).select_for_update())
        if keys:
            wraps = shred_keys(keys)
            record("keys:shred-org", actor=actor, on=org.target, details={"keys": len(keys), "wraps": wraps})
    ring.forget()
    return sum(_erase(actor, org, batch))


def _erase(actor: Actor, org: Organization, batch: int) -> list[int]:
    """Batch by batch, each with its event."""
    erased = []
    for shelf in SHELVES:
        while True:
            with transaction.atomic(durable=True):
                count = shelf.erase(org.pk, batch)
                if count:
                    details: dict[str, JSON] = {"of": shelf.table, "envelopes": count}
                    record("keys:erase", actor=actor, on=org.target, details=details)
            if not count:
                break
            erased.append(count)
    return erased
