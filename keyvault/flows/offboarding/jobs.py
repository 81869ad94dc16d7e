"""Ends that were planned for a day."""

from dataclasses import replace
from uuid import UUID

from keyvault.actor import Actor
from keyvault.flows.offboarding.member import offboard_member
from keyvault.jobs.registry import handles
from orgs.models import Membership, Offboarding, OffboardingState
from orgs.services.offboardings import END


@handles(END)
def run(*, actor: Actor, offboarding: str) -> None:
    """By the right that its author has now; the step-up was given when it was planned.

    Does nothing where it was called off, or where the membership has ended otherwise. A successor who has left
    meanwhile is none.
    """
    rows = Offboarding.objects.visible_to(actor).select_related(
        "membership__org", "membership__user", "successor__user"
    )
    planned = rows.filter(pk=UUID(offboarding), state=OffboardingState.SCHEDULED).first()
    if planned is None or planned.membership.ended_at:
        return
    offboard_member(
        actor=replace(actor, stepped_up=True),
        membership=planned.membership,
        successor=_still_there(planned.successor),
        reason=planned.reason,
    )


def _still_there(successor: Membership | None) -> Membership | None:
    return successor if successor and successor.active and successor.user.is_active else None
