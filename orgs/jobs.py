"""Work that waits: a change of networks that nobody confirmed comes back."""

import datetime as dt

from keyvault.actor import Actor
from keyvault.jobs.registry import handles
from orgs.models import Organization
from orgs.services.networks import ROLL_BACK, roll_back_networks


@handles(ROLL_BACK)
def roll_back(*, actor: Actor, org: str, confirm_by: str) -> None:
    """By the product itself, which is in no organization, so that the row says which one."""
    found = Organization.objects.filter(pk=org).first()
    if found is not None:
        roll_back_networks(actor=actor, org=found, confirm_by=dt.datetime.fromisoformat(confirm_by))
