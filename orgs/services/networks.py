"""The networks that an organization admits requests from. A change counts at once and comes back unless confirmed.

Whoever shuts themselves out cannot undo it; so a change is kept only once somebody has been seen inside under it.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from django.utils import timezone

from audit.services import JSON, record
from keyvault.actor import Actor, system
from keyvault.errors import Conflict, NotAllowed
from keyvault.jobs.services import enqueue
from keyvault.networks import admits, clean_network
from orgs.access import changing_rights
from orgs.models import Organization
from orgs.names import clean_each
from orgs.permissions import Action

ROLL_BACK = "organization:networks-rollback"
TIME_TO_CONFIRM = dt.timedelta(minutes=10)

NOT_CONFIRMED = "not-confirmed"


def clean_networks(networks: Collection[str]) -> list[str]:
    """Addresses and CIDR without host bits, all written as CIDR. Raises Invalid."""
    return list(clean_each("allowed_networks", networks, clean_network))


def change_networks(*, actor: Actor, org: Organization, networks: Collection[str]) -> Organization:
    """From here on requests come from these only, browsers' and tokens'; none: from anywhere, which nobody confirms.

    Raises Invalid. Unless :func:`confirm_networks` follows within ten minutes, a job brings back what was confirmed
    last.
    """
    wanted = clean_networks(networks)
    with changing_rights(actor, Action.CHANGE_POLICY, org.target) as held:
        org.refresh_from_db()
        if wanted != org.allowed_networks:
            _try_out(held, org, wanted)
    return org


def confirm_networks(*, actor: Actor, org: Organization) -> Organization:
    """Keeps the change. Raises NotAllowed from an address outside, Conflict where nothing waits or it is too late."""
    with changing_rights(actor, Action.CHANGE_POLICY, org.target) as held:
        org.refresh_from_db()
        if org.networks_confirm_by is None or org.networks_confirm_by <= timezone.now():
            raise Conflict("No change of the networks waits to be confirmed.", rule="nothing-to-confirm")
        if not admits(org.allowed_networks, held.origin.address):
            raise NotAllowed(
                "A change of the networks is confirmed from inside of them.",
                rule="confirm-from-inside",
                remedy="Sign in from one of them, or wait: what was before comes back.",
            )
        before = org.networks_before or []
        _save(org, org.allowed_networks)
        _record(held, org, before, {"confirmed": True})
    return org


def roll_back_networks(*, actor: Actor, org: Organization, confirm_by: dt.datetime) -> None:
    """Brings back what was confirmed last, where the change of that deadline still waits; else does nothing."""
    with changing_rights(actor, Action.CHANGE_POLICY, org.target) as held:
        org.refresh_from_db()
        if org.networks_confirm_by != confirm_by:
            return
        before = org.allowed_networks
        _save(org, org.networks_before or [])
        _record(held, org, before, {}, reason=NOT_CONFIRMED)


def roll_back_if_due(org: Organization) -> None:
    """For whoever asks for the organization's networks after the deadline: nobody waits for a worker that is away."""
    if org.networks_confirm_by and org.networks_confirm_by <= timezone.now():
        roll_back_networks(actor=_product(org.pk), org=org, confirm_by=org.networks_confirm_by)


def _try_out(actor: Actor, org: Organization, wanted: list[str]) -> None:
    """Of several changes in a row the last confirmed list is what would come back."""
    before = org.allowed_networks
    confirmed = before if org.networks_before is None else org.networks_before
    if not wanted or wanted == confirmed:
        _save(org, wanted)
        _record(actor, org, before, {"confirm_by": None})
        return
    confirm_by = timezone.now() + TIME_TO_CONFIRM
    _save(org, wanted, confirmed, confirm_by)
    _record(actor, org, before, {"confirm_by": confirm_by.isoformat(timespec="seconds")})
    enqueue(
        ROLL_BACK,
        arguments={"org": str(org.pk), "confirm_by": confirm_by.isoformat()},
        author=_product(org.pk),
        run_after=confirm_by,
    )


def _product(org_id: UUID) -> Actor:
    """The rollback must not depend on whether whoever made the change is still a member by then."""
    return replace(system(f"job {ROLL_BACK}"), org_id=org_id)


def _save(
    org: Organization,
    networks: list[str],
    before: list[str] | None = None,
    confirm_by: dt.datetime | None = None,
) -> None:
    org.allowed_networks, org.networks_before, org.networks_confirm_by = networks, before, confirm_by
    org.save(update_fields=["allowed_networks", "networks_before", "networks_confirm_by"])


def _record(
    actor: Actor, org: Organization, before: Sequence[str], facts: dict[str, JSON], *, reason: str = ""
) -> None:
    details: dict[str, JSON] = {"allowed_networks": {"from": list(before), "to": list(org.allowed_networks)}, **facts}
    record(Action.CHANGE_POLICY, actor=actor, on=org.target, reason=reason, details=details)
