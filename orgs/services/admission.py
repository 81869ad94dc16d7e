"""Who brings a person into an organization: where a directory speaks for them, single sign-on does not."""

from accounts.models import User
from orgs.models import DirectoryPerson, Membership, Organization


def may_be_admitted_by_sso(org: Organization, user: User) -> bool:
    """False for somebody whom the organization's directory knows or knew, and who is no member: it decides alone.

    Whoever it deactivated does not come back by signing in. An admin may still add or invite the person.
    """
    if Membership.objects.filter(org=org, user=user, ended_at=None).exists():
        return True
    return not DirectoryPerson.objects.filter(org=org, user=user).exists()
