"""Asking the one decision: the standing of an actor, and the event of a refusal."""

from collections.abc import Sequence
from dataclasses import replace

from audit.services import Outcome, record
from keyvault.actor import Actor, ActorType, Origin, Role
from keyvault.errors import NotAllowed, NotFound
from keyvault.target import Target
from orgs.decide import Decision, GrantFacts, Rule, decide
from orgs.models import Membership
from orgs.permissions import Action


def require(actor: Actor, action: Action, target: Target, *, grants: Sequence[GrantFacts] = ()) -> Decision:
    """Return where allowed. Else record the refusal and raise: NotFound outside the organization, NotAllowed inside.

    Stands before the service's transaction, so that the event of a refusal is not rolled back with it.
    """
    decision = decide(action, actor=actor, target=target, grants=grants)
    if not decision.allowed:
        raise refusal(actor, action, target, decision)
    return decision


def refusal(actor: Actor, action: Action, target: Target, decision: Decision) -> NotAllowed | NotFound:
    """Record a refusal and return what to raise."""
    if decision.rule is Rule.OTHER_ORGANIZATION:
        return NotFound()
    record(action, actor=actor, on=target, outcome=Outcome.DENIED, reason=decision.rule)
    return NotAllowed(decision.sentence, rule=decision.rule, remedy=decision.remedy)


def person_in(membership: Membership, *, origin: Origin, stepped_up: bool = False) -> Actor:
    """The actor that a person is in one organization; the caller has checked that the membership is active."""
    return Actor(
        type=ActorType.PERSON,
        id=membership.user_id,
        name=membership.user.email,
        origin=origin,
        org_id=membership.org_id,
        membership_id=membership.pk,
        role=Role(membership.role),
        stepped_up=stepped_up,
    )


def hold_standing(actor: Actor) -> Actor:
    """Lock the actor's membership until the transaction ends and return the actor with its role of now.

    A service that changes rights calls it inside its transaction and asks again: a demotion that commits first
    takes effect, one that comes later waits. Raises NotAllowed when the membership has ended meanwhile.
    """
    if actor.membership_id is None:
        return actor
    locked = Membership.objects.active().select_for_update(of=("self",)).filter(pk=actor.membership_id).first()
    if locked is None:
        raise NotAllowed("The membership has ended.", rule=Rule.NO_ROLE)
    return replace(actor, role=Role(locked.role))
