"""Organizations, the people in them and their teams. Every row names its organization."""

from orgs.models.membership import Membership
from orgs.models.organization import Organization
from orgs.models.team import Team, TeamMember

__all__ = ["Membership", "Organization", "Team", "TeamMember"]
