"""The one decision: may this actor do this act on this target? Pure; services, fast path and gateway call it.

The caller fetches what it needs to know (the actor's standing, the grants of the project) and never decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from keyvault.actor import Actor, ActorType, Role, TokenKind, TokenScope, Verb
from keyvault.target import Target
from orgs.permissions import (
    ALWAYS_BY_TOKEN,
    AT_THE_GATEWAY,
    NEVER_BY_TOKEN,
    PROTECTED_READS,
    STEP_UP,
    STEP_UP_WHERE_PROTECTED,
    TABLE,
    VERBS,
    WIDER_THAN_A_PATH,
    Action,
    Right,
)


class Rule(StrEnum):
    """What allowed or refused; the value is stable and stands in answers and events."""

    ROLE = "role"
    GRANT = "grant"
    SERVICE_TOKEN = "service-token"  # noqa: S105 - the name of a rule
    SYSTEM = "system"
    OTHER_ORGANIZATION = "other-organization"
    NO_ROLE = "no-role"
    ROLE_FORBIDS = "role-forbids"
    NEEDS_GRANT = "needs-grant"
    PROTECTED_NEEDS_GRANT = "protected-environment-needs-own-grant"
    PROTECTED_NEEDS_STEP_UP = "protected-environment-needs-step-up"
    NEEDS_STEP_UP = "needs-step-up"
    OWNERS_ONLY = "only-owners-change-owners"
    OWN_ROLE = "nobody-raises-their-own-role"
    LAST_OWNER = "one-owner-at-least"
    TEAM_TOKEN = "team-tokens-work-only-at-the-gateway"  # noqa: S105
    NEVER_BY_TOKEN = "never-by-token"  # noqa: S105
    TOKEN_VERB = "token-lacks-verb"  # noqa: S105
    TOKEN_PROJECT = "token-is-for-another-project"  # noqa: S105
    TOKEN_ENVIRONMENT = "token-is-for-another-environment"  # noqa: S105
    TOKEN_PATH = "token-is-for-other-paths"  # noqa: S105
    TOKEN_PRODUCTION = "token-may-not-reveal-production"  # noqa: S105


# For each refusal: the sentence, and who can change it.
EXPLANATIONS: dict[Rule, tuple[str, str]] = {
    Rule.OTHER_ORGANIZATION: ("This belongs to another organization.", ""),
    Rule.NO_ROLE: ("The actor has no role in this organization.", "An admin or owner can add the person."),
    Rule.ROLE_FORBIDS: ("The role does not permit this act.", "An owner or admin can do it, or change the role."),
    Rule.NEEDS_GRANT: ("No grant permits this act here.", "An admin or owner can grant it."),
    Rule.PROTECTED_NEEDS_GRANT: (
        "Values of a protected environment are read only by a grant that names the environment.",
        "An owner can grant it.",
    ),
    Rule.PROTECTED_NEEDS_STEP_UP: (
        "Values of a protected environment are shown only shortly after a second factor.",
        "Confirm your second factor and try again.",
    ),
    Rule.NEEDS_STEP_UP: (
        "This is done only shortly after a second factor.",
        "Confirm your second factor and try again.",
    ),
    Rule.OWNERS_ONLY: ("Only owners make and change owners.", "An owner can do it."),
    Rule.OWN_ROLE: ("Nobody raises their own role or extends their own engagement.", "Another owner or admin can."),
    Rule.LAST_OWNER: ("An organization keeps one owner at least.", "Make somebody else owner first."),
    Rule.TEAM_TOKEN: ("team tokens work only at the gateway", "Use a personal, service or CI token to read values."),
    Rule.NEVER_BY_TOKEN: ("No token may change who may do what.", "Sign in and do it in a session."),
    Rule.TOKEN_VERB: ("The token does not permit this act.", "Issue a token that permits it."),
    Rule.TOKEN_PROJECT: ("The token is for another project.", "Use a token of this project."),
    Rule.TOKEN_ENVIRONMENT: ("The token is for another environment.", "Use a token of this environment."),
    Rule.TOKEN_PATH: ("The token is for certain paths only.", "Use a token whose paths cover this name."),
    Rule.TOKEN_PRODUCTION: (
        "The token was not issued to reveal values of protected environments.",
        "An owner can issue a service token for the environment; a personal token needs a stepped-up session.",
    ),
}

_MANAGING = frozenset({Verb.MANAGE})
_NEED_PRODUCTION = (PROTECTED_READS | {Action.ISSUE_PRODUCTION_TOKEN}) - AT_THE_GATEWAY
_EVERY_PATH = ("", "*")


@dataclass(frozen=True, slots=True)
class GrantFacts:
    """A grant to the actor or to a team of the actor. No environment: every unprotected one of the project."""

    project_id: UUID
    environment_id: UUID | None
    verbs: frozenset[Verb]
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    allowed: bool
    rule: Rule

    @property
    def sentence(self) -> str:
        return EXPLANATIONS.get(self.rule, ("Allowed.", ""))[0]

    @property
    def remedy(self) -> str:
        return EXPLANATIONS.get(self.rule, ("", ""))[1]


def decide(action: Action, *, actor: Actor, target: Target, grants: Sequence[GrantFacts] = ()) -> Decision:
    """Allowed or refused, and by which rule. A token never widens: it narrows what its holder may do."""
    if actor.type is ActorType.SYSTEM:
        return Decision(True, Rule.SYSTEM)
    if target.org is None or actor.org_id != target.org.id:
        return Decision(False, Rule.OTHER_ORGANIZATION)
    if actor.token is not None and (refusal := _token_refusal(action, actor.token, target)):
        return Decision(False, refusal)
    if actor.type is ActorType.SERVICE:
        return _decide_for_service(action, actor)
    if actor.type is ActorType.PERSON:
        return _decide_for_person(action, actor, target, grants)
    return Decision(False, Rule.NO_ROLE)


def matches(prefix: str, path: str) -> bool:
    """An empty prefix covers all; one that ends in ``*`` covers what begins so; any other covers that name alone."""
    if prefix.endswith("*"):
        return path.startswith(prefix[:-1])
    return prefix in ("", path)


def _token_refusal(action: Action, token: TokenScope, target: Target) -> Rule | None:
    if token.kind is TokenKind.TEAM:
        return _scope_refusal(action, token, target) if action in AT_THE_GATEWAY else Rule.TEAM_TOKEN
    if action in NEVER_BY_TOKEN:
        return Rule.NEVER_BY_TOKEN
    if action in ALWAYS_BY_TOKEN:
        return None
    if not VERBS.get(action, _MANAGING) <= token.verbs:
        return Rule.TOKEN_VERB
    return _scope_refusal(action, token, target)


def _scope_refusal(action: Action, token: TokenScope, target: Target) -> Rule | None:
    if token.project_id and (target.project is None or target.project.id != token.project_id):
        return Rule.TOKEN_PROJECT
    if token.environment_id and (target.environment is None or target.environment.id != token.environment_id):
        return Rule.TOKEN_ENVIRONMENT
    if token.prefixes and not any(_on_path(prefix, action, target) for prefix in token.prefixes):
        return Rule.TOKEN_PATH
    if action in _NEED_PRODUCTION and _is_protected(target) and not token.may_reveal_production:
        return Rule.TOKEN_PRODUCTION
    return None


def _decide_for_service(action: Action, actor: Actor) -> Decision:
    """A service identity has what its token permits; managing, it stands where an admin stands."""
    if actor.token is None:
        return Decision(False, Rule.NO_ROLE)
    if action in VERBS or TABLE[action][Role.ADMIN] is Right.YES:
        return Decision(True, Rule.SERVICE_TOKEN)
    return Decision(False, Rule.ROLE_FORBIDS)


def _decide_for_person(action: Action, actor: Actor, target: Target, grants: Sequence[GrantFacts]) -> Decision:
    if actor.role is None:
        return Decision(False, Rule.NO_ROLE)
    right = TABLE[action][actor.role]
    if right is Right.NO:
        return Decision(False, Rule.ROLE_FORBIDS)
    if actor.token is None and not actor.stepped_up and _wants_step_up(action, target):
        return Decision(False, Rule.NEEDS_STEP_UP)
    if action in PROTECTED_READS and _is_protected(target):
        return _decide_protected_read(action, actor, target, grants)
    if right is Right.YES:
        return Decision(True, Rule.ROLE)
    granted = _is_granted(action, target, grants)
    return Decision(True, Rule.GRANT) if granted else Decision(False, Rule.NEEDS_GRANT)


def _decide_protected_read(action: Action, actor: Actor, target: Target, grants: Sequence[GrantFacts]) -> Decision:
    if not _is_granted(action, target, grants):
        return Decision(False, Rule.PROTECTED_NEEDS_GRANT)
    if actor.token is None and not actor.stepped_up:
        return Decision(False, Rule.PROTECTED_NEEDS_STEP_UP)
    return Decision(True, Rule.GRANT)


def _wants_step_up(action: Action, target: Target) -> bool:
    return action in STEP_UP or (action in STEP_UP_WHERE_PROTECTED and target.protected)


def _is_protected(target: Target) -> bool:
    """A target that names no environment may reach into protected ones."""
    return target.protected or target.environment is None


def _is_granted(action: Action, target: Target, grants: Sequence[GrantFacts]) -> bool:
    """The grants that reach the target hold, between them, every verb the act needs. Acts without verbs: never."""
    needed = VERBS.get(action, _MANAGING) - _MANAGING
    held = {verb for grant in grants if covers(grant, action, target) for verb in grant.verbs}
    return bool(needed) and needed <= held


def covers(grant: GrantFacts, action: Action, target: Target) -> bool:
    """Does the grant reach the target, whatever its verbs? One without environment reaches the unprotected ones."""
    if target.environment is None or target.project is None or grant.project_id != target.project.id:
        return False
    inside = not target.protected if grant.environment_id is None else grant.environment_id == target.environment.id
    return inside and _on_path(grant.prefix, action, target)


def _on_path(prefix: str, action: Action, target: Target) -> bool:
    if target.secret:
        return matches(prefix, target.secret.name)
    return prefix in _EVERY_PATH or action in WIDER_THAN_A_PATH
