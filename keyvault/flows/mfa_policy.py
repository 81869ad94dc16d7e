"""Who must have a second factor: members of an organization that requires one."""

from accounts.models import User
from orgs.models import Membership, Organization


def organization_that_requires_mfa(user: User) -> Organization | None:
    mine = Membership.objects.acting().select_related("org").filter(user_id=user.pk, org__mfa_required=True)
    membership = mine.order_by("joined_at").first()
    return membership.org if membership else None
