"""Who reaches what in a project: for every member and environment the answer of the one decision, and why."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from keyvault.actor import Actor, Origin, Verb
from keyvault.secrets.models import Environment, Grant
from orgs.access import person_in
from orgs.decide import Decision, GrantFacts, Rule, covers, decide
from orgs.models import Membership, Team, TeamMember
from orgs.permissions import Action

_ACTS = {
    Verb.LIST: Action.LIST_SECRETS,
    Verb.READ: Action.REVEAL_SECRET,
    Verb.ADD: Action.CREATE_SECRET,
    Verb.ROTATE: Action.ROTATE_SECRET,
    Verb.DELETE: Action.DELETE_SECRET,
}


@dataclass(frozen=True, slots=True)
class Reach:
    """``verbs`` on every name, ``partly`` on the names that ``prefixes`` cover; by the role, or by ``grants``."""

    environment: Environment
    verbs: tuple[Verb, ...]
    partly: tuple[Verb, ...]
    prefixes: tuple[str, ...]
    by_role: bool
    grants: tuple[Grant, ...]

    @property
    def reads(self) -> bool:
        return Verb.READ in self.verbs or Verb.READ in self.partly


@dataclass(frozen=True, slots=True)
class Line:
    membership: Membership
    reaches: tuple[Reach, ...]


@dataclass(frozen=True, slots=True)
class TeamLine:
    """What the team's own grants permit; whether a member may do it is still the decision on that member."""

    team: Team
    reaches: tuple[Reach, ...]


def lines_of(
    actor: Actor, members: Sequence[Membership], environments: Sequence[Environment], grants: Sequence[Grant]
) -> list[Line]:
    return list(each_line(actor, members, environments, grants))


def each_line(
    actor: Actor, members: Sequence[Membership], environments: Sequence[Environment], grants: Sequence[Grant]
) -> Iterator[Line]:
    """Asks the database once, before the first line."""
    teams = _teams(actor, members)
    for member in members:
        person, held = _stepped_up(member), _held(member, grants, teams)
        yield Line(member, tuple(_reach(person, each, held[each.project_id]) for each in environments))


def each_team_line(
    teams: Sequence[Team], environments: Sequence[Environment], grants: Sequence[Grant]
) -> Iterator[TeamLine]:
    for team in teams:
        held = [each for each in grants if each.team_id == team.pk]
        yield TeamLine(team, tuple(_granted(each, held) for each in environments))


def _stepped_up(member: Membership) -> Actor:
    """As the member would stand in a browser that has just shown the second factor."""
    return person_in(member, origin=Origin(), stepped_up=True)


def _reach(person: Actor, environment: Environment, held: Sequence[Grant]) -> Reach:
    """``held`` are the person's grants in the environment's project."""
    target = environment.target
    facts = [grant.facts for grant in held]
    decided = {verb: decide(act, actor=person, target=target, grants=facts) for verb, act in _ACTS.items()}
    here = tuple(grant for grant in held if _is_inside(grant.facts, environment))
    prefixed = {verb for grant in here if grant.prefix for verb in grant.facts.verbs}
    verbs = tuple(verb for verb, decision in decided.items() if decision.allowed)
    return Reach(
        environment,
        verbs=verbs,
        partly=tuple(verb for verb, decision in decided.items() if verb in prefixed and _depends_on_paths(decision)),
        prefixes=tuple(sorted({grant.prefix for grant in here if grant.prefix})),
        by_role=any(decision.allowed and decision.rule is Rule.ROLE for decision in decided.values()),
        grants=here,
    )


def _granted(environment: Environment, held: Sequence[Grant]) -> Reach:
    here = tuple(grant for grant in held if _is_inside(grant.facts, environment))
    whole = {verb for grant in here if grant.prefix in ("", "*") for verb in grant.facts.verbs}
    some = {verb for grant in here for verb in grant.facts.verbs} - whole
    return Reach(
        environment,
        verbs=tuple(verb for verb in _ACTS if verb in whole),
        partly=tuple(verb for verb in _ACTS if verb in some),
        prefixes=tuple(sorted({grant.prefix for grant in here if grant.prefix})),
        by_role=False,
        grants=here,
    )


def _depends_on_paths(decision: Decision) -> bool:
    """Refused for the place as a whole, though not by the role: no grant gives what the role never has."""
    return not decision.allowed and decision.rule is not Rule.ROLE_FORBIDS


def _is_inside(grant: GrantFacts, environment: Environment) -> bool:
    """Whatever its paths are: listing is wider than a path."""
    return covers(grant, Action.LIST_SECRETS, environment.target)


def _held(member: Membership, grants: Iterable[Grant], teams: dict[UUID, set[UUID]]) -> dict[UUID, list[Grant]]:
    """By project."""
    held: dict[UUID, list[Grant]] = defaultdict(list)
    for each in grants:
        if each.membership_id == member.pk or each.team_id in teams[member.pk]:
            held[each.project_id].append(each)
    return held


def _teams(actor: Actor, members: Sequence[Membership]) -> dict[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = defaultdict(set)
    rows = TeamMember.objects.filter(org_id=actor.org_id, membership__in=members)
    for membership_id, team_id in rows.values_list("membership_id", "team_id"):
        found[membership_id].add(team_id)
    return found
