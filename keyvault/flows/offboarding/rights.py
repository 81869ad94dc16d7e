"""By whose right a membership ends: a role in the organization, the person's own wish, or the operators' office."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from django.db import transaction

from audit.services import Outcome, record
from keyvault.actor import Actor, Role
from keyvault.errors import Conflict, NotAllowed
from keyvault.target import Target
from orgs.access import changing_rights, hold_organization
from orgs.models import Membership
from orgs.permissions import Action
from orgs.ranks import require_rank


class Right(Protocol):
    """``action`` names the parent event."""

    @property
    def actor(self) -> Actor: ...

    @property
    def action(self) -> Action: ...

    def changing(self, target: Target) -> AbstractContextManager[Actor]:
        """The transaction of one step; gives the actor with its standing of now. Refusals become events."""

    def require(self, held: Actor, member: Membership) -> None:
        """Asked inside, of the membership as it is now. Raises NotAllowed."""


@dataclass(frozen=True, slots=True)
class ByRole:
    """Of an owner or admin, or of the product itself; and of anybody to leave."""

    actor: Actor
    action: Action = Action.REMOVE_MEMBER

    def changing(self, target: Target) -> AbstractContextManager[Actor]:
        return changing_rights(self.actor, self.action, target)

    def require(self, held: Actor, member: Membership) -> None:
        if self.action is not Action.LEAVE:
            require_rank(held, held=Role(member.role))


@dataclass(frozen=True, slots=True)
class ByOffice:
    """Of an operator, who is no member: whoever makes one has asked the matrix of platform roles."""

    actor: Actor
    action: Action = Action.REMOVE_MEMBER

    @contextmanager
    def changing(self, target: Target) -> Iterator[Actor]:
        try:
            with transaction.atomic(durable=True):
                hold_organization(target)
                yield self.actor
        except (NotAllowed, Conflict) as refused:
            outcome = Outcome.DENIED if isinstance(refused, NotAllowed) else Outcome.ERROR
            record(self.action, actor=self.actor, on=target, outcome=outcome, reason=refused.rule)
            raise

    def require(self, held: Actor, member: Membership) -> None:
        """The office stands above the ranks of one organization."""
