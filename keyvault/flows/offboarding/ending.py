"""The steps of an end. What must not live on goes first and is committed, so that a later failure leaves it dead."""

from accounts.services.sessions import end_sessions
from keyvault.flows.offboarding.done import CAUSE, Done
from keyvault.flows.offboarding.rights import Right
from keyvault.secrets.services.grants import end_grants_of
from keyvault.secrets.services.leaving import hand_over_secrets, secrets_known_to, want_rotation
from orgs.models import Membership, Source
from orgs.services.invitations import withdraw_invitations_of
from orgs.services.members import end_membership
from orgs.services.offboardings import keep_report
from orgs.services.standing import hold_membership, require_another_owner
from orgs.services.successors import successor_for
from tokens.services import hand_over_tokens, revoke_tokens_of_member


def end(
    by: Right,
    membership: Membership,
    *,
    successor: Membership | None = None,
    reason: str = "",
    ended_by: Source = Source.MANUAL,
) -> Membership:
    """Tokens; then sessions; then the rest together: hand-overs, grants, the membership, its report and parent event.

    Begun again after a failure it goes on where it stopped. Raises NotAllowed, NotFound, Invalid for a successor who
    cannot, and Conflict for the last owner.
    """
    _revoke_tokens(by, membership, successor)
    sessions = end_sessions(actor=by.actor, user=membership.user, org=membership.org)
    with by.changing(membership.target) as held:
        member = hold_membership(membership)
        by.require(held, member)
        require_another_owner(member)
        revoke_tokens_of_member(actor=held, membership=member, cause=CAUSE)  # what was issued meanwhile
        heir = successor_for(member, successor)
        known = secrets_known_to(member)
        done = Done(
            member=member,
            heir=heir,
            reason=reason,
            teams=tuple(member.team_memberships.order_by("team__slug").values_list("team__slug", flat=True)),
            sessions=sessions,
            tokens=tuple(hand_over_tokens(actor=held, membership=member, to=heir, reason=CAUSE)),
            secrets=tuple(hand_over_secrets(actor=held, membership=member, to=heir, reason=CAUSE)),
            known=tuple(known),
            grants=tuple(end_grants_of(held, member)),
            invitations=tuple(withdraw_invitations_of(actor=held, membership=member)),
        )
        want_rotation(actor=held, secrets=known, reason="known to a leaver")
        ended = end_membership(
            actor=held, membership=member, action=by.action, reason=reason, ended_by=ended_by, details=done.counts
        )
        keep_report(actor=held, membership=ended, successor=heir, reason=reason, report=done.report(by=held))
    return ended


def _revoke_tokens(by: Right, membership: Membership, successor: Membership | None) -> None:
    """All that could refuse the end is asked here too, before anything is gone."""
    with by.changing(membership.target) as held:
        member = hold_membership(membership)
        by.require(held, member)
        require_another_owner(member)
        successor_for(member, successor)
        revoke_tokens_of_member(actor=held, membership=member, cause=CAUSE)
