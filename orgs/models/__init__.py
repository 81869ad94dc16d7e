"""Organizations, the people in them, their teams and how they sign in. Every row names its organization."""

from orgs.models.connection import Connection, Kind, RoleMapping, TeamMapping
from orgs.models.directory import DirectoryGroup, DirectoryGroupMember, DirectoryPerson
from orgs.models.domain import Domain, Proof
from orgs.models.invitation import Invitation, InvitationState
from orgs.models.membership import Membership
from orgs.models.offboarding import Offboarding, OffboardingState
from orgs.models.organization import Found, Organization
from orgs.models.scim_token import ScimToken
from orgs.models.source import Source
from orgs.models.team import Team, TeamMember

__all__ = [
    "Connection",
    "DirectoryGroup",
    "DirectoryGroupMember",
    "DirectoryPerson",
    "Domain",
    "Found",
    "Invitation",
    "InvitationState",
    "Kind",
    "Membership",
    "Offboarding",
    "OffboardingState",
    "Organization",
    "Proof",
    "RoleMapping",
    "ScimToken",
    "Source",
    "Team",
    "TeamMapping",
    "TeamMember",
]
