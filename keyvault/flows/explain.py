"""Why: for any actor, act and place, the decision, the rule, the grants behind it and who can change it."""

from dataclasses import dataclass, replace
from uuid import UUID

from audit.services import record
from keyvault.actor import Actor, ActorType, Role, TokenScope, Verb
from keyvault.errors import NotFound
from keyvault.flows.subjects import Subject, subject_of, subjects_named
from keyvault.secrets.access import grants_of
from keyvault.secrets.models import Environment, Grant, Project
from keyvault.target import Ref, Target
from orgs.access import require
from orgs.decide import Rule, covers, decide
from orgs.models import Membership, Organization
from orgs.names import invalid
from orgs.permissions import TABLE, VERBS, Action, Right
from tokens.verdict import REFUSALS, Verdict

_TAMPERED = ("token-tampered", "The token's row was changed behind the product's back.", "Revoke it and issue another.")


@dataclass(frozen=True, slots=True)
class Considered:
    """A grant that the subject holds in the project. ``counts`` where it reaches the place of the question."""

    holder: str
    environment: str | None
    verbs: tuple[Verb, ...]
    prefix: str
    counts: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """``can_change`` names the people who can change a refusal; ``token`` and ``networks`` are the token's limits."""

    subject: str
    role: Role | None
    action: Action
    target: Target
    allowed: bool
    rule: str
    sentence: str
    remedy: str
    can_change: tuple[str, ...]
    grants: tuple[Considered, ...]
    token: TokenScope | None
    networks: tuple[str, ...]


def explain(
    *,
    actor: Actor,
    org: Organization,
    action: Action,
    subject: str = "",
    project: str = "",
    environment: str = "",
    secret: str = "",
) -> list[Explanation]:
    """One explanation, or one for each token of a service. Everybody asks about themselves (no ``subject``).

    Places are named by slug, the secret by its path: it need not exist, and whether it does is not told.
    Raises NotAllowed, NotFound, and Invalid for a place without what contains it.
    """
    asked = Action.EXPLAIN_OTHERS if subject else Action.EXPLAIN_ACCESS
    require(actor, asked, org.target)
    about = subjects_named(subject, seen_by=actor) if subject else [subject_of(actor)]
    target = _place(actor, org, project=project, environment=environment, secret=secret)
    found = [_explained(one, action, target) for one in about]
    for explanation in found:
        _record(asked, actor, explanation)
    return found


def _place(actor: Actor, org: Organization, *, project: str, environment: str, secret: str) -> Target:
    if (secret and not environment) or (environment and not project):
        raise invalid("environment" if project else "project", "Name what contains the place, too.")
    if not project:
        return org.target
    place = Project.objects.visible_to(actor).filter(slug=project).first()
    if place is None:
        raise NotFound(f"Here is no project {project[:63]}.")
    if not environment:
        return place.target
    within = Environment.objects.visible_to(actor).filter(project=place, slug=environment).first()
    if within is None:
        raise NotFound(f"Project {place.slug} has no environment {environment[:63]}.")
    return replace(within.target, secret=Ref(UUID(int=0), secret) if secret else None)


def _explained(subject: Subject, action: Action, target: Target) -> Explanation:
    actor = subject.actor
    rule, sentence, remedy = _verdict(subject) or _decided(actor, action, target)
    allowed = rule in (Rule.ROLE, Rule.GRANT, Rule.SERVICE_TOKEN, Rule.SYSTEM)
    return Explanation(
        subject=subject.label,
        role=actor.role,
        action=action,
        target=target,
        allowed=allowed,
        rule=rule,
        sentence=sentence,
        remedy=remedy,
        can_change=() if allowed else _who_can_change(rule, subject, action, target),
        grants=_considered(actor, action, target),
        token=actor.token,
        networks=subject.networks,
    )


def _verdict(subject: Subject) -> tuple[str, str, str] | None:
    """A token that does not work is refused before anything is decided."""
    if subject.verdict is Verdict.USABLE:
        return None
    if subject.verdict is Verdict.TAMPERED:
        return _TAMPERED
    told = REFUSALS[subject.verdict]
    return told.rule, told.sentence, told.remedy


def _decided(actor: Actor, action: Action, target: Target) -> tuple[str, str, str]:
    decision = decide(action, actor=actor, target=target, grants=grants_of(actor, target))
    return decision.rule, decision.sentence, decision.remedy


def _considered(actor: Actor, action: Action, target: Target) -> tuple[Considered, ...]:
    if target.project is None:
        return ()
    held = Grant.objects.held_by(actor).filter(project_id=target.project.id)
    return tuple(
        Considered(
            holder=f"team {grant.team.slug}" if grant.team else actor.name,
            environment=grant.environment.slug if grant.environment else None,
            verbs=tuple(verb for verb in Verb if verb in grant.verbs),
            prefix=grant.prefix,
            counts=covers(grant.facts, action, target),
        )
        for grant in held.select_related("team", "environment").order_by("pk")
    )


def _who_can_change(rule: str, subject: Subject, action: Action, target: Target) -> tuple[str, ...]:
    """The subject where it is in their own hands, else the people of the roles that can."""
    actor = subject.actor
    if actor.type is ActorType.PERSON and rule in _IN_ONE_S_OWN_HANDS:
        return (actor.name,)
    roles = _roles_that_can_change(rule, action, target)
    people = Membership.objects.acting().filter(role__in=roles, org_id=target.org.id if target.org else None)
    ordered = sorted(
        people.select_related("user"), key=lambda member: (list(Role).index(Role(member.role)), member.user.email)
    )
    return tuple(f"{member.user.name} <{member.user.email}>".strip() for member in ordered)


def _roles_that_can_change(rule: str, action: Action, target: Target) -> tuple[Role, ...]:
    grants_reading = target.protected and Verb.READ in VERBS.get(action, ())
    if rule == Rule.PROTECTED_NEEDS_GRANT or (rule == Rule.NEEDS_GRANT and grants_reading):
        return (Role.OWNER,)
    if rule == Rule.TOKEN_PRODUCTION or (rule == Rule.ROLE_FORBIDS and TABLE[action][Role.ADMIN] is Right.NO):
        return (Role.OWNER,)
    return (Role.OWNER, Role.ADMIN)


def _record(asked: Action, actor: Actor, explained: Explanation) -> None:
    """Without the secret, which may not exist: its name is a detail."""
    place = replace(explained.target, secret=None)
    secret = explained.target.secret.name if explained.target.secret else None
    details = {
        "about": explained.subject,
        "action": str(explained.action),
        "secret": secret,
        "allowed": explained.allowed,
        "rule": str(explained.rule),
    }
    record(asked, actor=actor, on=place, details=details)


_IN_ONE_S_OWN_HANDS = {
    Rule.PROTECTED_NEEDS_STEP_UP,
    Rule.NEEDS_STEP_UP,
    Rule.NEVER_BY_TOKEN,
    Rule.TOKEN_VERB,
    Rule.TOKEN_PROJECT,
    Rule.TOKEN_ENVIRONMENT,
    Rule.TOKEN_PATH,
    Rule.TOKEN_PRODUCTION,
    REFUSALS[Verdict.EXPIRED].rule,
}
