"""Where a person is a member, for the room below that records what happens to the account."""

from uuid import UUID

from keyvault.target import Ref
from orgs.models import Membership


def homes_of(user_id: UUID) -> list[Ref]:
    """The oldest membership first."""
    mine = Membership.objects.active().filter(user_id=user_id).select_related("org").order_by("joined_at")
    return [membership.org.ref for membership in mine]
