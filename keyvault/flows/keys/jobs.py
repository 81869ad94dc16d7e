"""The background of ``keys rotate-org``."""

import datetime as dt

from django.utils import timezone

from keyvault.actor import Actor
from keyvault.errors import CannotOpen
from keyvault.flows.keys.rotate_org import GRACE, RESEAL, go_on_later, reseal_org
from keyvault.jobs.registry import handles
from orgs.models import Organization


@handles(RESEAL, lease=dt.timedelta(minutes=10))
def go_on(*, actor: Actor, org: str) -> None:
    """A minute's work, and another job for the rest. Raises CannotOpen where all that is left does not open."""
    found = Organization.objects.filter(pk=org).first()
    if found is None:
        return
    progress = reseal_org(actor=actor, org=found)
    if progress.finished:
        return
    if progress.done.shut and not progress.done.moved:
        raise CannotOpen(f"{progress.done.shut} stored values do not open: the old data keys are kept.")
    go_on_later(found, timezone.now() + GRACE if progress.early else None)
