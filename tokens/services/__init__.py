"""Acts on tokens and service identities: each checks, changes and records."""

from tokens.services.authenticating import admit, authenticate, refuse_unknown
from tokens.services.environments import (
    pause_tokens_of_environment,
    resume_tokens_of_environment,
    revoke_tokens_of_environment,
)
from tokens.services.handing_over import hand_over_tokens
from tokens.services.identities import (
    create_service_identity,
    disable_service_identity,
    rename_service_identity,
)
from tokens.services.issuing import Issued, issue_token
from tokens.services.narrowing import narrow_token
from tokens.services.offering import LeftOut, Offers, Why, offer_to_members
from tokens.services.offers import copy_team_token, open_offer
from tokens.services.pausing import pause_token, pause_tokens_of_organization, resume_token
from tokens.services.replacing import replace_token
from tokens.services.reviewing import end_exemption, exempt_token, keep_token
from tokens.services.revoking import revoke_token, revoke_tokens_of_member

__all__ = [
    "Issued",
    "LeftOut",
    "Offers",
    "Why",
    "admit",
    "authenticate",
    "copy_team_token",
    "create_service_identity",
    "disable_service_identity",
    "end_exemption",
    "exempt_token",
    "hand_over_tokens",
    "issue_token",
    "keep_token",
    "narrow_token",
    "offer_to_members",
    "open_offer",
    "pause_token",
    "pause_tokens_of_environment",
    "pause_tokens_of_organization",
    "refuse_unknown",
    "rename_service_identity",
    "replace_token",
    "resume_token",
    "resume_tokens_of_environment",
    "revoke_token",
    "revoke_tokens_of_environment",
    "revoke_tokens_of_member",
]
