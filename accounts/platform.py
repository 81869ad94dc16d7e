"""The one table of the operator's admin: which platform role may use which page and act. docs/operators.md tells it.

Pure. Platform roles are Django groups of the same names; no role of an organization follows from one, and none reads a
value.
"""

from collections.abc import Collection
from enum import StrEnum

from keyvault.actor import PlatformRole


class PlatformAct(StrEnum):
    """Every page and act of the admin. The value is also the name of its event."""

    SEE_PEOPLE = "operator:people"
    DEACTIVATE_PERSON = "person:deactivate"
    REACTIVATE_PERSON = "person:reactivate"
    RESET_FACTORS = "person:factor-reset"
    CHANGE_ROLES = "operator:roles"
    SEE_ORGANIZATIONS = "operator:organizations"
    SEE_CONNECTIONS = "operator:connections"
    SEE_DOMAINS = "operator:domains"
    APPROVE_DOMAIN = "domain:prove"
    SEE_TOKENS = "operator:tokens"
    REVOKE_TOKENS = "token:revoke"
    SEE_EVENTS = "operator:events"
    SEE_JOBS = "operator:jobs"
    SEE_DELIVERIES = "operator:deliveries"
    SEE_SWEEPS = "operator:sweeps"
    TRY_SWEEP = "sweep:try"
    SEE_PUBLIC_TEXTS = "operator:public-texts"
    EDIT_PUBLIC_TEXT = "public-text:edit"
    SEE_FEEDBACK = "operator:feedback"
    ANSWER_FEEDBACK = "feedback:answer"
    SEE_PROVIDERS = "operator:providers"
    SEE_MODELS = "operator:models"
    SEE_MCP = "operator:mcp"
    SEE_USAGE = "operator:usage"
    SEE_BUDGETS = "operator:budgets"


_LOOKING = frozenset(act for act in PlatformAct if act.name.startswith("SEE_"))

MATRIX: dict[PlatformRole, frozenset[PlatformAct]] = {
    PlatformRole.SUPER_ADMIN: frozenset(PlatformAct),
    PlatformRole.USER_ADMIN: frozenset(
        {
            PlatformAct.SEE_PEOPLE,
            PlatformAct.DEACTIVATE_PERSON,
            PlatformAct.REACTIVATE_PERSON,
            PlatformAct.RESET_FACTORS,
            PlatformAct.SEE_ORGANIZATIONS,
            PlatformAct.SEE_CONNECTIONS,
            PlatformAct.SEE_DOMAINS,
            PlatformAct.APPROVE_DOMAIN,
            PlatformAct.SEE_TOKENS,
            PlatformAct.REVOKE_TOKENS,
        }
    ),
    PlatformRole.PROVIDER_ADMIN: frozenset(
        {PlatformAct.SEE_ORGANIZATIONS, PlatformAct.SEE_TOKENS, PlatformAct.SEE_PROVIDERS, PlatformAct.SEE_USAGE}
    ),
    PlatformRole.MODEL_ADMIN: frozenset({PlatformAct.SEE_ORGANIZATIONS, PlatformAct.SEE_MODELS, PlatformAct.SEE_USAGE}),
    PlatformRole.MCP_ADMIN: frozenset({PlatformAct.SEE_ORGANIZATIONS, PlatformAct.SEE_MCP}),
    PlatformRole.BILLING_ADMIN: frozenset(
        {PlatformAct.SEE_ORGANIZATIONS, PlatformAct.SEE_MODELS, PlatformAct.SEE_USAGE, PlatformAct.SEE_BUDGETS}
    ),
    PlatformRole.AUDITOR: _LOOKING,
}


def permits(roles: Collection[PlatformRole], act: PlatformAct) -> bool:
    """Of several roles, what any of them may."""
    return any(act in MATRIX[role] for role in roles)
