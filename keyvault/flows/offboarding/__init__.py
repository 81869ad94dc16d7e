"""The end of a membership or of an account, with all that hangs on it: one road for console, jobs, SCIM and admin."""

from keyvault.flows.offboarding.member import leave, offboard_member
from keyvault.flows.offboarding.person import deactivate_person, reactivate_person

__all__ = ["deactivate_person", "leave", "offboard_member", "reactivate_person"]
