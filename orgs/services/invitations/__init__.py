"""Acts on invitations: by those who invite, and by those who are invited."""

from orgs.services.invitations.answering import (
    ACCEPT,
    DECLINE,
    accept_invitation,
    decline_invitation,
    not_the_addressee,
)
from orgs.services.invitations.inviting import (
    Invited,
    end_expired_invitation,
    invite_person,
    resend_invitation,
    withdraw_invitation,
    withdraw_invitations_of,
)
from orgs.services.invitations.rows import find_by_code, find_by_digest, long_expired_invitations, require_open

__all__ = [
    "ACCEPT",
    "DECLINE",
    "Invited",
    "accept_invitation",
    "decline_invitation",
    "end_expired_invitation",
    "find_by_code",
    "find_by_digest",
    "invite_person",
    "long_expired_invitations",
    "not_the_addressee",
    "require_open",
    "resend_invitation",
    "withdraw_invitation",
    "withdraw_invitations_of",
]
