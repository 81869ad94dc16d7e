"""Granting verbs on a project's secrets to a member or a team, and taking them back."""

from collections.abc import Collection
from dataclasses import replace

from audit.services import record, record_many
from keyvault.actor import Actor, Role, Verb
from keyvault.errors import NotFound
from keyvault.secrets.models import Environment, Grant, Project
from keyvault.secrets.paths import clean_prefix
from keyvault.target import Ref, Target
from orgs.access import changing_rights, require_still
from orgs.models import Membership, Team
from orgs.names import invalid
from orgs.permissions import Action
from orgs.services.standing import hold_membership

Holder = Membership | Team

_GRANTABLE = tuple(verb for verb in Verb if verb is not Verb.MANAGE)
_ORDINARY = (Verb.LIST, Verb.READ, Verb.ADD)
_OF_A_VIEWER = (Verb.LIST, Verb.READ)


def grant(
    *,
    actor: Actor,
    to: Holder,
    project: Project,
    environment: Environment | None = None,
    verbs: Collection[Verb] = (),
    prefix: str = "",
) -> Grant:
    """Adds verbs to what the holder has there. Without environment they reach every unprotected one of the project.

    No verbs means the ordinary ones: list, read and add; for a viewer list and read. Reading in a protected environment
    is granted by owners alone. Without a new verb there is no event.
    """
    wanted = _clean_verbs(verbs or _ordinary_verbs(to))
    prefix = clean_prefix(prefix)
    action, target = _action(environment, wanted), _target(project, environment, to)
    with changing_rights(actor, action, target) as held:
        if environment and _hold(environment, project).protected and Verb.READ in wanted:
            require_still(held, Action.GRANT_PRODUCTION_READ, target)
        row = _row(project, environment, _hold_holder(to, project), prefix)
        if new := [verb for verb in wanted if verb not in row.verbs]:
            row.verbs = _in_order({*row.verbs, *new})
            row.save()
            record(action, actor=held, on=row.target, details={"verbs": new, "prefix": prefix})
    return row


def revoke_grant(*, actor: Actor, grant: Grant, verbs: Collection[Verb] = ()) -> None:
    """Takes back ``verbs``, or the whole grant where none are given or none would be left."""
    target = grant.target
    with changing_rights(actor, Action.REVOKE_GRANT, target) as held:
        row = Grant.objects.select_for_update(of=("self",)).filter(org_id=grant.org_id, pk=grant.pk).first()
        if row is None:
            raise NotFound
        taken = [verb for verb in row.verbs if not verbs or verb in verbs]
        if taken:
            _take(row, taken)
            record(Action.REVOKE_GRANT, actor=held, on=target, details={"verbs": taken, "prefix": row.prefix})


def end_grants_of(actor: Actor, membership: Membership) -> list[Target]:
    """For the end of a membership: in its transaction and by its permission. Returns what they were on."""
    rows = Grant.objects.filter(org_id=membership.org_id, membership=membership).order_by("pk")
    ended = [row.target for row in rows.select_related(*_SHOWN)]
    record_many(Action.REVOKE_GRANT, actor=actor, on=ended, reason="the membership ended")
    rows.delete()
    return ended


def end_reads_in(actor: Actor, environment: Environment) -> None:
    """For an environment that becomes protected: in the transaction and by the permission of that change."""
    rows = Grant.objects.select_related(*_SHOWN).select_for_update(of=("self",)).order_by("pk")
    reading = list(rows.filter(org_id=environment.org_id, environment=environment, verbs__contains=[Verb.READ]))
    ended = [row.target for row in reading]
    for row in reading:
        _take(row, [Verb.READ])
    reason, details = "the environment became protected", {"verbs": [Verb.READ.value]}
    record_many(Action.REVOKE_GRANT, actor=actor, on=ended, reason=reason, details=details)


def team_reads_protected(team: Team) -> bool:
    """Would a new member of the team read values of a protected environment? See :mod:`orgs.reach`."""
    return Grant.objects.filter(team=team, environment__protected=True, verbs__contains=[Verb.READ]).exists()


_SHOWN = ("org", "project__org", "environment__org", "environment__project__org", "membership__user", "team")


def _action(environment: Environment | None, verbs: Collection[str]) -> Action:
    protected = environment is not None and environment.protected
    return Action.GRANT_PRODUCTION_READ if protected and Verb.READ in verbs else Action.GRANT


def _target(project: Project, environment: Environment | None, to: Holder) -> Target:
    place = environment.target if environment else project.target
    return replace(place, about=Ref(to.pk, to.user.email if isinstance(to, Membership) else to.slug))


def _ordinary_verbs(to: Holder) -> tuple[Verb, ...]:
    return _OF_A_VIEWER if isinstance(to, Membership) and to.role == Role.VIEWER else _ORDINARY


def _clean_verbs(verbs: Collection[str]) -> list[str]:
    if unknown := set(verbs) - set(_GRANTABLE):
        raise invalid("verbs", f"A grant has no verb {min(unknown)}; it has {', '.join(_GRANTABLE)}.")
    return _in_order(verbs)


def _in_order(verbs: Collection[str]) -> list[str]:
    return [verb.value for verb in _GRANTABLE if verb in verbs]


def _hold(environment: Environment, project: Project) -> Environment:
    """The environment as it is now: it may have become protected since it was read."""
    rows = Environment.objects.select_for_update(of=("self",), no_key=True)
    locked = rows.filter(org_id=project.org_id, project=project, pk=environment.pk).first()
    if locked is None:
        raise NotFound
    return locked


def _hold_holder(to: Holder, project: Project) -> Holder:
    if to.org_id != project.org_id:
        raise NotFound
    if isinstance(to, Membership):
        return hold_membership(to)
    team = Team.objects.select_for_update(of=("self",)).filter(pk=to.pk).first()
    if team is None:
        raise NotFound
    return team


def _row(project: Project, environment: Environment | None, to: Holder, prefix: str) -> Grant:
    """The grant of this holder at this place, or a new one; the organization's row is held, so there is no other."""
    membership, team = (to, None) if isinstance(to, Membership) else (None, to)
    place = {"project": project, "environment": environment, "membership": membership, "team": team, "prefix": prefix}
    return Grant.objects.filter(**place).first() or Grant(org_id=project.org_id, verbs=[], **place)


def _take(row: Grant, verbs: Collection[str]) -> None:
    row.verbs = [verb for verb in row.verbs if verb not in verbs]
    if row.verbs:
        row.save(update_fields=["verbs"])
    else:
        row.delete()
