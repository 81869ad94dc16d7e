"""docs/roles.md, made from the table of roles and acts: ``python -m orgs.roles_page > docs/roles.md``. Pure."""

import sys
from collections.abc import Iterator
from itertools import groupby

from keyvault.actor import Role, Verb
from orgs.decide import EXPLANATIONS, Rule
from orgs.permissions import (
    ALWAYS_BY_TOKEN,
    NEVER_BY_TOKEN,
    PROTECTED_READS,
    STEP_UP,
    STEP_UP_WHERE_PROTECTED,
    TABLE,
    VERBS,
    Action,
    Right,
)

ACTS: dict[Action, str] = {
    Action.VIEW_ORGANIZATION: "See the organization's name and policy",
    Action.RENAME_ORGANIZATION: "Rename the organization",
    Action.CHANGE_POLICY: "Change the policy: second factor, single sign-on, idle limit, networks, tokens, values",
    Action.TRANSFER_OWNERSHIP: "Make somebody else owner and become admin, in one act",
    Action.LIST_SESSIONS: "See where one is signed in oneself",
    Action.END_SESSION: "End a session of one's own",
    Action.LIST_MEMBERS: "See who is a member",
    Action.ADD_MEMBER: "Add a person (owners only: as owner)",
    Action.CHANGE_ROLE: "Change a member's role (owners only: to and from owner)",
    Action.CHANGE_MEMBER: "Change a member's unit and last day",
    Action.REMOVE_MEMBER: "Remove a member (owners only: an owner)",
    Action.RESET_FACTORS: "Take away the second factors that a member has lost",
    Action.END_MEMBERS_SESSIONS: "End all sessions of a member that reach the organization (owners only: an owner's)",
    Action.LEAVE: "Leave the organization",
    Action.LIST_INVITATIONS: "See who is invited",
    Action.INVITE: "Invite a mail address (owners only: as owner)",
    Action.RESEND_INVITATION: "Send an invitation again",
    Action.WITHDRAW_INVITATION: "Withdraw an invitation",
    Action.LIST_OFFBOARDINGS: "See planned and past ends of memberships and their reports",
    Action.PREVIEW_OFFBOARDING: "See what the end of a membership would end and hand over",
    Action.SCHEDULE_OFFBOARDING: "Plan the end of a membership (owners only: an owner's)",
    Action.WITHDRAW_OFFBOARDING: "Call a planned end off",
    Action.LIST_SIGN_ON: "See how members sign in: connections, mappings, domains; never a secret of theirs",
    Action.CREATE_CONNECTION: "Connect an identity provider",
    Action.CHANGE_CONNECTION: "Change a connection, switch it on or off",
    Action.DELETE_CONNECTION: "Delete a connection; accounts made through it are no longer tied to it",
    Action.TEST_CONNECTION: "Test a connection by signing in to its provider",
    Action.MAP_CLAIM: "Map a claim to a role or team",
    Action.UNMAP_CLAIM: "Remove a mapping",
    Action.CLAIM_DOMAIN: "Claim a mail domain",
    Action.PROVE_DOMAIN: "Have a domain's DNS record looked up",
    Action.DROP_DOMAIN: "Give a domain up",
    Action.LIST_TEAMS: "See teams and who is in them",
    Action.CREATE_TEAM: "Create a team",
    Action.RENAME_TEAM: "Rename a team",
    Action.DELETE_TEAM: "Delete a team and its grants",
    Action.ADD_TO_TEAM: "Add a member to a team (owners only: to one that reads protected values)",
    Action.REMOVE_FROM_TEAM: "Take a member out of a team",
    Action.GRANT: "Grant verbs to a member or team",
    Action.REVOKE_GRANT: "Revoke a grant",
    Action.GRANT_PRODUCTION_READ: "Grant reading values of a protected environment, also to oneself",
    Action.LIST_GRANTS: "See who is granted what",
    Action.EXPLAIN_ACCESS: "Ask why one may or may not do something",
    Action.EXPLAIN_OTHERS: "Ask the same about others",
    Action.LIST_PROJECTS: "See projects and their environments",
    Action.CREATE_PROJECT: "Create a project",
    Action.CHANGE_PROJECT: "Change a project",
    Action.DELETE_PROJECT: "Delete an empty project",
    Action.CREATE_ENVIRONMENT: "Create an environment",
    Action.CHANGE_ENVIRONMENT: "Change an environment",
    Action.UNPROTECT_ENVIRONMENT: "Lift an environment's protection or lower its tier",
    Action.DELETE_ENVIRONMENT: "Delete an empty environment",
    Action.LIST_SECRETS: "See the names of secrets",
    Action.REVEAL_SECRET: "Read a value",
    Action.UNSEAL_SECRET: "Use a brokered key through the gateway, unseen",
    Action.EXPORT_SECRETS: "Export values",
    Action.CREATE_SECRET: "Create a secret",
    Action.ADD_VERSION: "Store a new version",
    Action.ROTATE_SECRET: "Rotate a secret",
    Action.RESTORE_VERSION: "Restore an earlier version",
    Action.CHANGE_SECRET: "Change a secret's note, kind, variable, owner and due date",
    Action.IMPORT_SECRETS: "Import secrets",
    Action.COPY_SECRET: "Copy a secret to another environment",
    Action.MOVE_SECRET: "Move a secret to another environment",
    Action.DELETE_SECRET: "Delete a secret (for 7 days it can come back)",
    Action.UNDELETE_SECRET: "Bring a deleted secret back",
    Action.PURGE_SECRET: "Remove a deleted secret for good",
    Action.ERASE_VERSION: "Erase one version's value",
    Action.FIND_DUPLICATES: "Find equal values in several environments",
    Action.BIND_SECRET: "Bind a key to a provider of the gateway, where nobody reads it any more",
    Action.LIST_TOKENS: "See tokens, never their values",
    Action.ISSUE_PERSONAL_TOKEN: "Issue a token for oneself",
    Action.ISSUE_SERVICE_TOKEN: "Issue a token for a service or CI job",
    Action.ISSUE_PRODUCTION_TOKEN: "Issue a token that reads values of a protected environment",
    Action.ISSUE_TEAM_TOKEN: "Issue a team token",
    Action.COPY_TEAM_TOKEN: "Copy a team token",
    Action.SHOW_TOKEN_KEYS: "See, masked, which keys a token stands for at the gateway",
    Action.OFFER_TOKEN: "Offer a token to another member",
    Action.OPEN_OFFER: "Open a token that was offered to oneself",
    Action.CHANGE_TOKEN: "Pause, resume, narrow and replace others' tokens",
    Action.REVOKE_ANY_TOKEN: "Revoke others' tokens",
    Action.KEEP_TOKEN: "Keep others' tokens that nobody uses",
    Action.EXEMPT_TOKEN: "Take a token out of the review of unused ones, until a day",
    Action.MANAGE_SERVICE_IDENTITY: "Create, rename and disable service identities",
    Action.LIST_SCIM_TOKENS: "See the directory's SCIM tokens, never their values",
    Action.ISSUE_SCIM_TOKEN: "Create a SCIM token",
    Action.REVOKE_SCIM_TOKEN: "Revoke a SCIM token",
    Action.SEARCH_LEAKS: "Ask whether a text holds a token or value of the organization",
    Action.LIST_SCANNERS: "See which scanners report found tokens, never their secrets",
    Action.CONNECT_SCANNER: "Connect a scanner that reports found tokens",
    Action.DISCONNECT_SCANNER: "Disconnect a scanner",
    Action.LIST_USAGE: "See what one used through the gateway oneself; of a token: what it used",
    Action.LIST_ALL_USAGE: "See what all used through the gateway",
    Action.EXPORT_CHARGEBACK: "Export the spend of a month by project, person and token",
    Action.LIST_LIMITS: "See the limits, budgets and models of tokens, projects and the organization",
    Action.SET_LIMIT: "Set limits, budgets and models",
    Action.REMOVE_LIMIT: "Lift them",
    Action.LIST_UPSTREAMS: "See the providers of the gateway and the organization's own upstreams",
    Action.ADD_UPSTREAM: "Add an upstream of the organization's own, where keys can be sent",
    Action.CHANGE_UPSTREAM: "Change an upstream, switch it off or on",
    Action.DELETE_UPSTREAM: "Delete an upstream that no key is bound to",
    Action.LIST_HOST_LABELS: "See which hosts of the gateway are whose",
    Action.GIVE_HOST_LABEL: "Give a member, a service identity or an environment a host of its own",
    Action.TAKE_HOST_LABEL: "Take it away",
    Action.LIST_EVENTS: "Read the audit log",
    Action.PROVE_EVENTS: "Ask for the log's checkpoint, and for the proof of an event by its receipt",
    Action.LIST_STREAMS: "See where the log is streamed to, and how far behind",
    Action.CREATE_STREAM: "Stream the log to a SIEM",
    Action.DELETE_STREAM: "End a stream of the log",
    Action.LIST_ALERTS: "See the alerts, the rules that raise them and the calendar",
    Action.ACKNOWLEDGE_ALERT: "Acknowledge an alert",
    Action.RESOLVE_ALERT: "Resolve an alert",
    Action.CHANGE_ALERT_RULE: "Change a rule of alerts, turn it on or off",
    Action.CHANGE_ALERT_CALENDAR: "Change the working hours that alerts go by",
    Action.LIST_ALERT_CHANNELS: "See where alerts go and what became of them; never a webhook's address or secret",
    Action.CREATE_ALERT_CHANNEL: "Create a channel for alerts",
    Action.CHANGE_ALERT_CHANNEL: "Change a channel, replace its secret",
    Action.DELETE_ALERT_CHANNEL: "Delete a channel",
    Action.TEST_ALERT_CHANNEL: "Send a test through a channel",
    Action.REDELIVER_ALERTS: "Send again what was given up",
}

_HEAD = """\
# Roles, grants and rules

<!-- Made by `python -m orgs.roles_page > docs/roles.md` from the table the product decides by. Do not edit. -->

Every act is decided in one place, by role, grants and token; console, API and command line ask there. This page is made
from that table. To learn why somebody may or may not do something, ask `GET /api/v1/access` or the command line:

    python manage.py access explain --org acme --actor dev@acme.example --action secret:reveal \\
        --project shop --environment production --secret STRIPE_KEY

## Roles

- **Owner**: everything, and alone: policy, owners, reading in production granted to anybody, also to oneself. An
  organization keeps one owner at least.
- **Admin**: people, teams, grants, projects, secrets, tokens; reads values of protected environments only by a grant.
- **Developer**: sees the names of secrets and tokens, has tokens of their own, works with secrets where granted.
- **Viewer**: reads what is granted, changes nothing.

Nobody raises their own role; admins neither make nor change owners. A change works from the next request.

## Who may do what

*yes*: by role. *grant*: where a grant holds the verb. ¹ In a **protected** environment, as production always is, values
are read only by a grant that names the environment, whatever the role, and in a browser only shortly after a second
factor. ² In a browser only shortly after a second factor; ³ so where a protected environment is concerned. *by token*
is what a token must permit besides: a token narrows what its holder may do and never widens it.
A service identity has what its token permits; with `manage` it stands where an admin stands.
"""
_GRANTS = """\
## Grants

A grant gives verbs to a member or a team, in one environment or in every unprotected one of a project, optionally for
paths that begin in a certain way (`api-keys/team-*`) or for one name.

| verb | permits |
|---|---|"""
_ORDINARY = """
An act that stands in two rows needs both verbs. Granted without naming verbs, a developer gets `list`, `read` and
`add`, a viewer `list` and `read`. Team tokens work only at the gateway and read no value, whoever holds them.
"""
_RULES = """\
## Rules that refuse

Every refusal names its rule, in the answer and in the log.

| rule | what it says | who can change it |
|---|---|---|"""
_SUBJECTS = {
    "organization": "The organization",
    "member": "People",
    "invitation": "Invitations",
    "offboarding": "Ends of memberships",
    "sso": "Single sign-on",
    "domain": "Mail domains",
    "session": "One's own sessions",
    "team": "Teams",
    "grant": "Grants",
    "access": "Questions",
    "project": "Projects",
    "environment": "Environments",
    "secret": "Secrets",
    "token": "Tokens",
    "service": "Service identities",
    "scim-token": "The directory's SCIM tokens",
    "upstream": "Upstreams of the organization's own",
    "host-label": "Labels of the gateway's hosts",
    "leak": "Leaks",
    "scanner": "Scanners",
    "usage": "Usage of the gateway",
    "limit": "Limits and budgets of the gateway",
    "event": "The log",
    "stream": "Streams of the log",
    "alert": "Alerts",
    "alert-rule": "Rules of alerts",
    "alert-calendar": "The calendar of alerts",
    "alert-channel": "Channels of alerts",
}


def page() -> str:
    return "\n".join([_HEAD, *_acts(), _GRANTS, *_verbs(), _ORDINARY, _RULES, *_rules(), ""])


def _acts() -> Iterator[str]:
    for subject, acts in groupby(Action, key=lambda action: action.value.partition(":")[0]):
        yield f"### {_SUBJECTS[subject]}\n"
        yield "| act | event | owner | admin | developer | viewer | by token |"
        yield "|---|---|---|---|---|---|---|"
        for action in acts:
            rights = " | ".join(_right(action, role) for role in Role)
            yield f"| {ACTS[action]} | `{action}` | {rights} | {_by_token(action)} |"
        yield ""


def _right(action: Action, role: Role) -> str:
    right = TABLE[action][role]
    if right is Right.NO:
        return "–"
    if action in STEP_UP:
        return f"{right}²"
    if action in STEP_UP_WHERE_PROTECTED:
        return f"{right}³"
    return f"{right}¹" if action in PROTECTED_READS else str(right)


def _by_token(action: Action) -> str:
    if action in NEVER_BY_TOKEN:
        return "never"
    if action in ALWAYS_BY_TOKEN:
        return "any"
    needed = VERBS.get(action, {Verb.MANAGE})
    return " and ".join(f"`{verb}`" for verb in Verb if verb in needed)


def _verbs() -> Iterator[str]:
    for verb in Verb:
        acts = ", ".join(f"`{action}`" for action in Action if verb in VERBS.get(action, ()))
        if verb is not Verb.MANAGE:
            yield f"| `{verb}` | {acts} |"


def _rules() -> Iterator[str]:
    for rule in Rule:
        if rule in EXPLANATIONS:
            sentence, remedy = EXPLANATIONS[rule]
            yield f"| `{rule}` | {sentence} | {remedy or '–'} |"


if __name__ == "__main__":
    sys.stdout.write(page())
