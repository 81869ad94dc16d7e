"""Work that waits: purging what was deleted a week ago."""

import datetime as dt

from keyvault.actor import Actor
from keyvault.jobs.registry import handles
from keyvault.secrets.models import Secret
from keyvault.secrets.services.removing import PURGE, purge_secret


@handles(PURGE)
def purge(*, actor: Actor, secret: str, deleted_at: str) -> None:
    """Does nothing to a secret that was undeleted, or deleted again later: that deletion has a job of its own."""
    deleted = dt.datetime.fromisoformat(deleted_at)
    found = Secret.objects.visible_to(actor).placed().filter(pk=secret, deleted_at=deleted).first()
    if found is not None:
        purge_secret(actor=actor, secret=found)
