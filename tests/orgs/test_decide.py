"""The one decision: what holds for every actor, act, target and set of grants, and the holes that stay shut."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from keyvault.actor import Actor, ActorType, Role, TokenKind, TokenScope, Verb
from keyvault.target import Ref, Target
from orgs.decide import EXPLANATIONS, Decision, GrantFacts, Rule, decide, matches
from orgs.permissions import (
    ALWAYS_BY_TOKEN,
    AT_THE_GATEWAY,
    NEVER_BY_TOKEN,
    PROTECTED_READS,
    TABLE,
    VERBS,
    Action,
    Right,
)
from tests.orgs.strategies import (
    Question,
    environment_targets,
    grants,
    invented_places,
    persons,
    questions,
    secrets,
    services,
    targets,
    tokens,
)

PLACES = invented_places()
MAY_VIEW = {
    Action.VIEW_ORGANIZATION,
    Action.LIST_SESSIONS,
    Action.END_SESSION,
    Action.LIST_MEMBERS,
    Action.LIST_TEAMS,
    Action.LIST_PROJECTS,
    Action.LIST_SECRETS,
    Action.REVEAL_SECRET,
    Action.UNSEAL_SECRET,
    Action.EXPORT_SECRETS,
    Action.FIND_DUPLICATES,
    Action.EXPLAIN_ACCESS,
    Action.ISSUE_PERSONAL_TOKEN,
    Action.OPEN_OFFER,
    Action.LEAVE,
    Action.PROVE_EVENTS,
    Action.LIST_USAGE,
}

VALUES_LEAVE_BY = {
    Action.REVEAL_SECRET,
    Action.EXPORT_SECRETS,
    Action.COPY_SECRET,
    Action.MOVE_SECRET,
    Action.FIND_DUPLICATES,
}

thorough = settings(max_examples=200, deadline=None)


def place(index: int, *, secret: str | None = None) -> Target:
    """The first project's development (0, open), staging (1, protected) or production (2, protected)."""
    ref, tier, protected = PLACES.projects[0].environments[index]
    target = Target(PLACES.org, project=PLACES.projects[0].ref, environment=ref, tier=tier, protected=protected)
    return replace(target, secret=Ref(ref.id, secret)) if secret else target


def person(role: Role, token: TokenScope | None = None) -> Actor:
    return Actor(ActorType.PERSON, None, "somebody", org_id=PLACES.org.id, role=role, token=token, stepped_up=True)


def service(token: TokenScope | None) -> Actor:
    return Actor(ActorType.SERVICE, None, "ci", org_id=PLACES.org.id, token=token)


def token(*verbs: Verb, prefixes: tuple[str, ...] = (), production: bool = False) -> TokenScope:
    return TokenScope(
        PLACES.org.id, "t", TokenKind.SERVICE, frozenset(verbs), prefixes=prefixes, may_reveal_production=production
    )


def grant(*verbs: Verb, index: int | None = None, prefix: str = "") -> GrantFacts:
    environment_id = None if index is None else PLACES.projects[0].environments[index][0].id
    return GrantFacts(PLACES.projects[0].ref.id, environment_id, frozenset(verbs), prefix)


# What holds for everything


@thorough
@given(questions(PLACES))
def test_every_question_has_an_answer_and_every_refusal_a_sentence(question: Question) -> None:
    answer = question.answer
    assert answer.allowed is (answer.rule not in EXPLANATIONS)
    assert answer.allowed or answer.sentence
    assert answer.allowed or answer.remedy or answer.rule is Rule.OTHER_ORGANIZATION


@thorough
@given(questions(PLACES), persons(PLACES))
def test_a_token_never_widens_what_its_holder_may_do(question: Question, holder: Actor) -> None:
    """A token issued for production stands for the second factor of the session that issued it, and no more."""
    with_token = replace(question, actor=holder)
    without = replace(question, actor=replace(holder, token=None, stepped_up=True))
    assert without.answer.allowed or not with_token.answer.allowed


@thorough
@given(questions(PLACES), st.sampled_from([person(Role.OWNER), service(None)]))
def test_a_team_token_permits_nothing_but_at_the_gateway(question: Question, holder: Actor) -> None:
    assume(question.action not in AT_THE_GATEWAY)
    scope = replace(token(*Verb, production=True), kind=TokenKind.TEAM)
    assert not replace(question, actor=replace(holder, token=scope)).answer.allowed


@thorough
@given(persons(PLACES), environment_targets(PLACES), secrets(), st.lists(grants(PLACES), max_size=4))
def test_no_role_reads_a_protected_value_without_a_grant_that_names_the_environment(
    reader: Actor, environment: Target, secret: Ref, held: list[GrantFacts]
) -> None:
    target = replace(environment, protected=True, secret=secret)
    here = target.environment.id if target.environment else None
    reading = [g for g in held if g.environment_id == here and Verb.READ in g.verbs and matches(g.prefix, secret.name)]
    for action in VALUES_LEAVE_BY:
        assert reading or not decide(action, actor=reader, target=target, grants=held).allowed


@thorough
@given(services(PLACES), targets(PLACES), st.sampled_from(sorted(PROTECTED_READS - AT_THE_GATEWAY)))
def test_no_service_reads_a_protected_value_by_a_token_not_issued_for_it(
    reader: Actor, target: Target, action: Action
) -> None:
    allowed = decide(action, actor=reader, target=target).allowed
    if allowed and (target.protected or target.environment is None):
        assert reader.token is not None
        assert reader.token.may_reveal_production


@thorough
@given(questions(PLACES))
def test_another_organization_is_always_refused(question: Question) -> None:
    elsewhere = replace(question, target=replace(question.target, org=PLACES.other))
    assume(question.actor.org_id != PLACES.other.id)
    assert elsewhere.answer == Decision(False, Rule.OTHER_ORGANIZATION)
    assert replace(question, target=replace(question.target, org=None)).answer.rule is Rule.OTHER_ORGANIZATION


@thorough
@given(questions(PLACES), st.sampled_from(sorted(NEVER_BY_TOKEN)))
def test_no_token_changes_who_may_do_what(question: Question, action: Action) -> None:
    assume(question.actor.token is not None)
    assert not replace(question, action=action).answer.allowed


@thorough
@given(questions(PLACES), grants(PLACES))
def test_a_further_grant_never_takes_away(question: Question, more: GrantFacts) -> None:
    assert replace(question, grants=(*question.grants, more)).answer.allowed or not question.answer.allowed


@thorough
@given(questions(PLACES))
def test_a_grant_changes_nothing_about_acts_without_verbs(question: Question) -> None:
    assume(question.action not in VERBS)
    assert question.answer == replace(question, grants=()).answer


@thorough
@given(questions(PLACES))
def test_a_grant_of_another_project_changes_nothing(question: Question) -> None:
    project = question.target.project
    here = tuple(g for g in question.grants if project and g.project_id == project.id)
    assert question.answer == replace(question, grants=here).answer


@thorough
@given(questions(PLACES), tokens(PLACES), st.sampled_from([person(Role.OWNER), service(None)]))
def test_a_token_does_nothing_outside_its_project_and_environment(
    question: Question, scope: TokenScope, holder: Actor
) -> None:
    assume(question.action not in ALWAYS_BY_TOKEN)
    limited = replace(scope, kind=TokenKind.CI, verbs=frozenset(Verb), prefixes=(), may_reveal_production=True)
    target = question.target
    in_project = limited.project_id is None or (target.project and target.project.id == limited.project_id)
    in_environment = limited.environment_id is None or (
        target.environment and target.environment.id == limited.environment_id
    )
    answer = replace(question, actor=replace(holder, token=limited)).answer
    assert (in_project and in_environment) or not answer.allowed


@thorough
@given(questions(PLACES))
def test_a_viewer_never_writes(question: Question) -> None:
    viewer = replace(question.actor, type=ActorType.PERSON, role=Role.VIEWER)
    assert question.action in MAY_VIEW or not replace(question, actor=viewer).answer.allowed


@thorough
@given(questions(PLACES), st.sampled_from(list(Role)))
def test_who_stands_higher_in_the_table_is_never_refused_what_a_lower_role_may(question: Question, role: Role) -> None:
    """But for values of protected environments, where no role counts."""
    ladder = list(Role)
    lower = replace(question, actor=replace(question.actor, role=role))
    higher = replace(question, actor=replace(question.actor, role=ladder[max(ladder.index(role) - 1, 0)]))
    assert higher.answer.allowed or not lower.answer.allowed


# The table


def test_a_viewer_looks_and_has_tokens_and_nothing_else() -> None:
    assert {action for action in Action if TABLE[action][Role.VIEWER] is not Right.NO} == MAY_VIEW


def test_values_leave_by_no_act_that_is_not_protected() -> None:
    assert PROTECTED_READS == VALUES_LEAVE_BY | AT_THE_GATEWAY


def test_where_the_table_asks_for_a_grant_a_grant_can_hold_the_verb() -> None:
    asked = {action for action in Action for role in Role if TABLE[action][role] is Right.GRANT}
    assert all(VERBS[action] - {Verb.MANAGE} for action in asked)


def test_every_act_has_a_row_for_every_role() -> None:
    assert set(TABLE) == set(Action)
    assert all(set(row) == set(Role) for row in TABLE.values())


@pytest.mark.parametrize("role", list(Role))
def test_a_session_may_what_the_table_says(role: Role) -> None:
    """Outside protected environments: by role alone, and with every grant there can be."""
    target = place(0, secret="KEY")
    for action in Action:
        right = TABLE[action][role]
        assert decide(action, actor=person(role), target=target).allowed is (right is Right.YES)
        granted = decide(action, actor=person(role), target=target, grants=[grant(*Verb)])
        assert granted.allowed is (right is not Right.NO)


def test_a_grant_reaches_its_own_project_only() -> None:
    elsewhere = replace(place(0, secret="KEY"), project=PLACES.projects[1].ref)
    for held in (grant(Verb.READ), grant(Verb.READ, index=0)):
        assert not decide(Action.REVEAL_SECRET, actor=person(Role.VIEWER), target=elsewhere, grants=[held]).allowed


def test_a_token_reaches_its_own_project_and_environment_only() -> None:
    project, other = PLACES.projects
    staging = project.environments[1][0]
    of_project = replace(token(*Verb, production=True), project_id=other.ref.id)
    of_environment = replace(token(*Verb, production=True), project_id=project.ref.id, environment_id=staging.id)
    for target in (place(0, secret="KEY"), place(0), Target(PLACES.org, project=project.ref), Target(PLACES.org)):
        for action in (Action.REVEAL_SECRET, Action.LIST_SECRETS, Action.CHANGE_PROJECT, Action.LIST_EVENTS):
            refused = decide(action, actor=service(of_project), target=target)
            assert refused.rule is Rule.TOKEN_PROJECT
            refused = decide(action, actor=service(of_environment), target=target)
            assert refused.rule in (Rule.TOKEN_ENVIRONMENT, Rule.TOKEN_PROJECT)
    assert decide(Action.REVEAL_SECRET, actor=service(of_environment), target=place(1, secret="KEY")).allowed


def test_acts_that_change_rights_are_not_open_to_tokens_by_another_road() -> None:
    assert not NEVER_BY_TOKEN & ALWAYS_BY_TOKEN
    assert not NEVER_BY_TOKEN & set(VERBS)
    assert set(VERBS) >= PROTECTED_READS


# The holes that stay shut


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
def test_a_protected_value_is_not_moved_to_where_it_can_be_read(role: Role) -> None:
    protected = place(2, secret="STRIPE_KEY")
    assert decide(Action.MOVE_SECRET, actor=person(role), target=protected).rule is Rule.PROTECTED_NEEDS_GRANT
    deletes = grant(Verb.DELETE, index=2)
    assert not decide(Action.MOVE_SECRET, actor=person(role), target=protected, grants=[deletes]).allowed
    both = [deletes, grant(Verb.READ, index=2)]
    assert decide(Action.MOVE_SECRET, actor=person(role), target=protected, grants=both).allowed


def test_who_may_delete_but_not_read_does_not_move() -> None:
    target = place(0, secret="STRIPE_KEY")
    held = [grant(Verb.DELETE)]
    assert decide(Action.DELETE_SECRET, actor=person(Role.DEVELOPER), target=target, grants=held).allowed
    assert not decide(Action.MOVE_SECRET, actor=person(Role.DEVELOPER), target=target, grants=held).allowed


def test_a_browser_session_needs_a_second_factor_where_a_token_was_issued_for_it() -> None:
    target, held = place(2, secret="KEY"), [grant(Verb.READ, index=2)]
    for role in Role:
        session = replace(person(role), stepped_up=False)
        answer = decide(Action.REVEAL_SECRET, actor=session, target=target, grants=held)
        assert answer.rule is Rule.PROTECTED_NEEDS_STEP_UP
        assert decide(Action.REVEAL_SECRET, actor=person(role), target=target, grants=held).allowed
        by_token = replace(session, token=token(Verb.READ, production=True))
        assert decide(Action.REVEAL_SECRET, actor=by_token, target=target, grants=held).allowed
        other = replace(session, token=token(Verb.READ))
        assert decide(Action.REVEAL_SECRET, actor=other, target=target, grants=held).rule is Rule.TOKEN_PRODUCTION


def test_outside_protected_environments_no_second_factor_is_asked_for() -> None:
    session = replace(person(Role.DEVELOPER), stepped_up=False)
    held = [grant(Verb.READ)]
    assert decide(Action.REVEAL_SECRET, actor=session, target=place(0, secret="KEY"), grants=held).allowed


def test_a_reading_token_issues_no_production_token() -> None:
    for holder in (service, lambda scope: person(Role.OWNER, scope)):
        for verbs in ((Verb.READ,), (Verb.MANAGE,)):
            actor = holder(token(*verbs, production=True))
            assert decide(Action.ISSUE_PRODUCTION_TOKEN, actor=actor, target=place(2)).rule is Rule.TOKEN_VERB
        managing = holder(token(Verb.READ, Verb.MANAGE))
        assert decide(Action.ISSUE_PRODUCTION_TOKEN, actor=managing, target=place(2)).rule is Rule.TOKEN_PRODUCTION
        full = holder(token(Verb.READ, Verb.MANAGE, production=True))
        assert decide(Action.ISSUE_PRODUCTION_TOKEN, actor=full, target=place(2)).allowed


def test_a_grant_outside_production_issues_no_token_for_the_whole_project() -> None:
    project = Target(PLACES.org, project=PLACES.projects[0].ref)
    admin, held = person(Role.ADMIN), [grant(Verb.READ)]
    assert not decide(Action.ISSUE_PRODUCTION_TOKEN, actor=admin, target=project, grants=held).allowed
    assert not decide(Action.ISSUE_PRODUCTION_TOKEN, actor=admin, target=place(2), grants=held).allowed
    named = [grant(Verb.READ, index=2)]
    assert decide(Action.ISSUE_PRODUCTION_TOKEN, actor=admin, target=place(2), grants=named).allowed


def test_values_are_not_read_where_no_environment_is_named() -> None:
    project = Target(PLACES.org, project=PLACES.projects[0].ref)
    for action in PROTECTED_READS:
        for role in Role:
            assert not decide(action, actor=person(role), target=project, grants=[grant(*Verb)]).allowed


@pytest.mark.parametrize("action", [Action.EXPORT_SECRETS, Action.CREATE_SECRET, Action.IMPORT_SECRETS])
def test_limited_to_paths_nobody_acts_on_the_whole_environment(action: Action) -> None:
    limited = [grant(Verb.READ, Verb.ADD, prefix="api-keys/*")]
    assert not decide(action, actor=person(Role.DEVELOPER), target=place(0), grants=limited).allowed
    assert decide(action, actor=person(Role.DEVELOPER), target=place(0, secret="api-keys/x"), grants=limited).allowed
    actor = service(token(*Verb, prefixes=("api-keys/*",)))
    assert decide(action, actor=actor, target=place(0)).rule is Rule.TOKEN_PATH
    assert decide(action, actor=actor, target=place(0, secret="api-keys/x")).allowed
    assert decide(action, actor=actor, target=place(0, secret="other")).rule is Rule.TOKEN_PATH


def test_limited_to_paths_names_are_still_listed() -> None:
    """The list is cut to the paths by whoever makes it."""
    limited = [grant(Verb.LIST, prefix="api-keys/*")]
    assert decide(Action.LIST_SECRETS, actor=person(Role.VIEWER), target=place(0), grants=limited).allowed


def test_a_managing_token_neither_unprotects_an_environment_nor_touches_people() -> None:
    for action in (Action.UNPROTECT_ENVIRONMENT, Action.ADD_MEMBER, Action.ADD_TO_TEAM, Action.GRANT):
        for actor in (service(token(*Verb, production=True)), person(Role.OWNER, token(*Verb, production=True))):
            assert decide(action, actor=actor, target=place(2)).rule is Rule.NEVER_BY_TOKEN


def test_only_an_owner_unprotects_an_environment() -> None:
    allowed = [r for r in Role if decide(Action.UNPROTECT_ENVIRONMENT, actor=person(r), target=place(2)).allowed]
    assert allowed == [Role.OWNER]


def test_anonymous_is_nobody_even_inside() -> None:
    nobody = Actor(ActorType.ANONYMOUS, None, "anonymous", org_id=PLACES.org.id, role=Role.OWNER)
    assert decide(Action.VIEW_ORGANIZATION, actor=nobody, target=place(0)).rule is Rule.NO_ROLE


@pytest.mark.parametrize(
    ("prefix", "covered"),
    [
        ("", {"a", "a/b", "ab"}),
        ("*", {"a", "a/b", "ab"}),
        ("a", {"a"}),
        ("a*", {"a", "a/b", "ab"}),
        ("a/*", {"a/b"}),
        ("b", set()),
    ],
)
def test_a_prefix_covers_by_its_beginning_only_where_it_ends_in_a_star(prefix: str, covered: set[str]) -> None:
    assert {path for path in ("a", "a/b", "ab") if matches(prefix, path)} == covered
