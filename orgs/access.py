"""Asking the one decision: the standing of an actor, and the event of a refusal."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from django.db import transaction

from accounts.models import User
from audit.services import Outcome, record
from keyvault.actor import Actor, ActorType, Origin, Role
from keyvault.errors import Conflict, NotAllowed, NotFound
from keyvault.target import Target
from orgs.decide import Decision, GrantFacts, Rule, decide
from orgs.models import Membership, Organization
from orgs.permissions import Action


def require(actor: Actor, action: Action, target: Target, *, grants: Sequence[GrantFacts] = ()) -> Decision:
    """Return where allowed. Else record the refusal and raise: NotFound outside the organization, NotAllowed inside.

    Stands before the service's transaction, so that the event of a refusal is not rolled back with it.
    """
    decision = decide(action, actor=actor, target=target, grants=grants)
    if not decision.allowed:
        raise refusal(actor, action, target, decision)
    return decision


@contextmanager
def changing_rights(actor: Actor, action: Action, target: Target) -> Iterator[Actor]:
    """The transaction of a service that changes who may do what; gives the actor with its standing of now.

    Asks before it begins and again inside, once the organization and the actor's membership are locked: of two such
    changes in one organization the second sees the first. NotAllowed or Conflict from the body becomes an event after
    the rollback, so that the body raises and never records a refusal.
    """
    require(actor, action, target)
    try:
        with transaction.atomic(durable=True):
            hold_organization(target)
            held = hold_standing(actor)
            require_still(held, action, target)
            yield held
    except (NotAllowed, Conflict) as refused:
        outcome = Outcome.DENIED if isinstance(refused, NotAllowed) else Outcome.ERROR
        record(action, actor=actor, on=target, outcome=outcome, reason=refused.rule)
        raise


def require_still(actor: Actor, action: Action, target: Target) -> None:
    """Raises NotAllowed without recording it: for the inside of :func:`changing_rights`."""
    decision = decide(action, actor=actor, target=target)
    if not decision.allowed:
        raise _not_allowed(decision)


def refusal(actor: Actor, action: Action, target: Target, decision: Decision) -> NotAllowed | NotFound:
    """Record a refusal and return what to raise."""
    if decision.rule is Rule.OTHER_ORGANIZATION:
        return NotFound()
    record(action, actor=actor, on=target, outcome=Outcome.DENIED, reason=decision.rule)
    return _not_allowed(decision)


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


def person_outside(user: User, *, origin: Origin) -> Actor:
    """The actor that a person is before choosing, or having, an organization."""
    return Actor(type=ActorType.PERSON, id=user.pk, name=user.email, origin=origin)


def hold_organization(target: Target) -> None:
    """Before any membership, always: two who lock each other's in turn would wait for ever."""
    rows = Organization.objects.select_for_update(no_key=True)
    if target.org is None or rows.filter(pk=target.org.id).first() is None:
        raise NotFound


def hold_standing(actor: Actor) -> Actor:
    """Lock the actor's membership until the transaction ends and return the actor with its role of now.

    A service that changes rights calls it inside its transaction and asks again: a demotion that commits first
    takes effect, one that comes later waits. Raises NotAllowed when the membership has ended meanwhile.
    """
    if actor.membership_id is None:
        return actor
    locked = Membership.objects.acting().select_for_update(of=("self",)).filter(pk=actor.membership_id).first()
    if locked is None:
        raise NotAllowed(
            "The membership has ended.", rule=Rule.NO_ROLE, remedy="An admin or owner can add the person again."
        )
    return replace(actor, role=Role(locked.role))


def _not_allowed(decision: Decision) -> NotAllowed:
    return NotAllowed(decision.sentence, rule=decision.rule, remedy=decision.remedy)
