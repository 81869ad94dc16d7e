"""Hypothesis strategies for the one decision: everything an actor, a target and grants can be in a given place."""

from dataclasses import dataclass, replace
from uuid import UUID

from hypothesis import strategies as st

from keyvault.actor import Actor, ActorType, Origin, Role, TokenKind, TokenScope, Verb
from keyvault.target import Ref, Target, Tier
from orgs.decide import Decision, GrantFacts, decide
from orgs.permissions import Action

NAMES = ("STRIPE_KEY", "api-keys/team-a/stripe", "api-keys/team-b", "api-keys", "db/main/password")
PREFIXES = ("", "*", "api-keys/*", "api-keys/team-*", "api-keys", "STRIPE_KEY", "nothing/here")
GRANTED_VERBS = tuple(verb for verb in Verb if verb is not Verb.MANAGE)


@dataclass(frozen=True, slots=True)
class ProjectPlace:
    ref: Ref
    environments: tuple[tuple[Ref, Tier, bool], ...]  # the last says whether it is protected


@dataclass(frozen=True, slots=True)
class Places:
    """One organization's projects, and another organization."""

    org: Ref
    other: Ref
    projects: tuple[ProjectPlace, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """All that the decision is asked about."""

    action: Action
    actor: Actor
    target: Target
    grants: tuple[GrantFacts, ...]

    @property
    def answer(self) -> Decision:
        return decide(self.action, actor=self.actor, target=self.target, grants=self.grants)


def invented_places() -> Places:
    """Two projects that differ, in no database."""
    tiers = ((Tier.DEVELOPMENT, False), (Tier.STAGING, True), (Tier.PRODUCTION, True))
    projects = tuple(
        ProjectPlace(
            _ref(number, f"project-{number}"),
            tuple((_ref(number * 10 + place, tier.name), tier, flag) for place, (tier, flag) in enumerate(tiers)),
        )
        for number in (1, 2)
    )
    return Places(_ref(100, "acme"), _ref(200, "evil-corp"), projects)


def targets(places: Places, *, foreign: bool = True) -> st.SearchStrategy[Target]:
    """The organization, a project, an environment or a secret of it; with ``foreign`` the other organization's too."""
    projects = st.sampled_from(places.projects)
    inside = st.one_of(
        st.just(Target(org=places.org)),
        projects.map(lambda place: Target(org=places.org, project=place.ref)),
        environment_targets(places),
        st.builds(replace, environment_targets(places), secret=secrets()),
    )
    outside = inside.map(lambda target: replace(target, org=places.other))
    return st.one_of(inside, inside, inside, outside) if foreign else inside


def environment_targets(places: Places) -> st.SearchStrategy[Target]:
    return st.sampled_from(
        [
            Target(org=places.org, project=place.ref, environment=ref, tier=tier, protected=protected)
            for place in places.projects
            for ref, tier, protected in place.environments
        ]
    )


def secrets() -> st.SearchStrategy[Ref]:
    return st.sampled_from(NAMES).map(lambda name: _ref(NAMES.index(name) + 1000, name))


def grants(places: Places) -> st.SearchStrategy[GrantFacts]:
    verbs = st.frozensets(st.sampled_from(GRANTED_VERBS), min_size=1)
    return st.one_of(
        [
            st.builds(
                GrantFacts,
                project_id=st.just(place.ref.id),
                environment_id=st.sampled_from([None, *(ref.id for ref, _, _ in place.environments)]),
                verbs=verbs,
                prefix=st.sampled_from(PREFIXES),
            )
            for place in places.projects
        ]
    )


def tokens(places: Places) -> st.SearchStrategy[TokenScope]:
    return st.one_of(
        [
            st.builds(
                TokenScope,
                token_id=st.just(UUID(int=7)),
                name=st.just("a token"),
                kind=st.sampled_from(TokenKind),
                verbs=st.frozensets(st.sampled_from(Verb)),
                project_id=st.just(project_id),
                environment_id=st.sampled_from(environment_ids),
                prefixes=st.lists(st.sampled_from(PREFIXES), max_size=2).map(tuple),
                may_reveal_production=st.booleans(),
            )
            for project_id, environment_ids in _scopes(places)
        ]
    )


def actors(places: Places) -> st.SearchStrategy[Actor]:
    """Persons of every role with and without a token, service identities, and those who are nobody."""
    return st.one_of(persons(places), persons(places), services(places), anybody(places))


def persons(places: Places) -> st.SearchStrategy[Actor]:
    return st.builds(
        Actor,
        type=st.just(ActorType.PERSON),
        id=st.just(UUID(int=1)),
        name=st.just("person@acme.example"),
        origin=st.just(Origin()),
        org_id=st.just(places.org.id),
        membership_id=st.just(UUID(int=2)),
        role=st.sampled_from([*Role, None]),
        token=st.none() | tokens(places),
        stepped_up=st.booleans(),
    )


def services(places: Places) -> st.SearchStrategy[Actor]:
    return st.builds(
        Actor,
        type=st.just(ActorType.SERVICE),
        id=st.just(UUID(int=3)),
        name=st.just("ci"),
        origin=st.just(Origin()),
        org_id=st.just(places.org.id),
        token=st.none() | tokens(places),
    )


def anybody(places: Places) -> st.SearchStrategy[Actor]:
    return st.builds(
        Actor,
        type=st.sampled_from([ActorType.ANONYMOUS, ActorType.PERSON, ActorType.SERVICE]),
        id=st.none(),
        name=st.just("anybody"),
        origin=st.just(Origin()),
        org_id=st.sampled_from([None, places.other.id, places.org.id]),
        role=st.none(),
    )


def questions(places: Places) -> st.SearchStrategy[Question]:
    return st.builds(
        Question,
        action=st.sampled_from(Action),
        actor=actors(places),
        target=targets(places),
        grants=st.lists(grants(places), max_size=3).map(tuple),
    )


def _scopes(places: Places) -> list[tuple[UUID | None, list[UUID | None]]]:
    """A token for an environment names its project, as the database demands."""
    scopes: list[tuple[UUID | None, list[UUID | None]]] = [(None, [None])]
    for place in places.projects:
        scopes.append((place.ref.id, [None, *(ref.id for ref, _, _ in place.environments)]))
    return scopes


def _ref(number: int, name: str) -> Ref:
    return Ref(UUID(int=number), name)
