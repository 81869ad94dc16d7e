"""What Settings → Members is for one member: what is listed and what is offered. The services decide again."""

from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.http import HttpRequest

from keyvault.actor import Actor, Role
from keyvault.errors import NotFound
from keyvault.flows.session_actor import actor_for, membership_in
from orgs.decide import decide
from orgs.models import Invitation, Membership, Offboarding
from orgs.permissions import TABLE, Action, Right
from orgs.querysets import InvitationQuerySet, MembershipQuerySet, OffboardingQuerySet

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Desk:
    actor: Actor
    membership: Membership

    @property
    def may_invite(self) -> bool:
        return self._may(Action.INVITE)

    @property
    def may_change(self) -> bool:
        return self._may(Action.CHANGE_MEMBER)

    @property
    def may_change_teams(self) -> bool:
        return self._may(Action.CREATE_TEAM)

    @property
    def may_see_offboardings(self) -> bool:
        return self._may(Action.LIST_OFFBOARDINGS)

    @property
    def may_reset_factors(self) -> bool:
        """By the role; the act asks for a step-up besides."""
        return self.actor.role is not None and TABLE[Action.RESET_FACTORS][self.actor.role] is Right.YES

    def may_end_sessions_of(self, member: Membership) -> bool:
        """By the role too, and of owners owners alone. One's own are on the page of the account."""
        by_role = self.actor.role is not None and TABLE[Action.END_MEMBERS_SESSIONS][self.actor.role] is Right.YES
        ranks = member.role != Role.OWNER or self.actor.role is Role.OWNER
        return by_role and ranks and member.pk != self.membership.pk

    @property
    def roles(self) -> list[Role]:
        """Those that the member can give, the least first."""
        given = (Role.VIEWER, Role.DEVELOPER, Role.ADMIN, Role.OWNER)
        return [role for role in given if role is not Role.OWNER or self.actor.role is Role.OWNER]

    def members(self) -> MembershipQuerySet:
        """Whose last day is over are still here until they are ended."""
        rows = Membership.objects.visible_to(self.actor).filter(ended_at=None)
        return rows.select_related("user", "org").order_by("user__email")

    def invitations(self) -> InvitationQuerySet:
        rows = Invitation.objects.visible_to(self.actor).filter(state="open")
        return rows.select_related("org", "inviter__user").order_by("email")

    def offboardings(self) -> OffboardingQuerySet:
        rows = Offboarding.objects.visible_to(self.actor)
        return rows.select_related("org", "membership__user", "successor__user").order_by("-id")

    def member(self, member_id: UUID) -> Membership:
        """Raises NotFound, as those below do."""
        return found(self.members().filter(pk=member_id).first())

    def invitation(self, invitation_id: UUID) -> Invitation:
        return found(self.invitations().filter(pk=invitation_id).first())

    def offboarding(self, offboarding_id: UUID) -> Offboarding:
        return found(self.offboardings().filter(pk=offboarding_id).first())

    def context(self, **facts: Any) -> dict[str, Any]:
        return {"desk": self, "membership": self.membership, "page_name": "members", **facts}

    def _may(self, action: Action) -> bool:
        return decide(action, actor=self.actor, target=self.membership.org.target).allowed


def desk_of(request: HttpRequest, org: str) -> Desk:
    membership = membership_in(request, org)
    return Desk(actor_for(request, membership), membership)


def found(thing: Thing | None) -> Thing:
    if thing is None:
        raise NotFound
    return thing
