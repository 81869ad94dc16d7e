"""The one table: which role may do which act. docs/roles.md is made from it."""

from enum import StrEnum

from keyvault.actor import Role, Verb


class Action(StrEnum):
    """Every act that is decided. The value is also the name of its event in the log."""

    # Organization
    VIEW_ORGANIZATION = "organization:view"
    RENAME_ORGANIZATION = "organization:rename"
    CHANGE_POLICY = "organization:policy"
    TRANSFER_OWNERSHIP = "organization:transfer"
    # One's own account
    LIST_SESSIONS = "session:list"
    END_SESSION = "session:end"
    # People
    LIST_MEMBERS = "member:list"
    ADD_MEMBER = "member:add"
    CHANGE_ROLE = "member:role"
    CHANGE_MEMBER = "member:change"
    REMOVE_MEMBER = "member:remove"
    RESET_FACTORS = "member:reset-factors"
    END_MEMBERS_SESSIONS = "member:end-sessions"
    LEAVE = "member:leave"
    LIST_INVITATIONS = "invitation:list"
    INVITE = "invitation:create"
    RESEND_INVITATION = "invitation:resend"
    WITHDRAW_INVITATION = "invitation:withdraw"
    LIST_OFFBOARDINGS = "offboarding:list"
    PREVIEW_OFFBOARDING = "offboarding:preview"
    SCHEDULE_OFFBOARDING = "offboarding:schedule"
    WITHDRAW_OFFBOARDING = "offboarding:withdraw"
    LIST_SIGN_ON = "sso:list"
    CREATE_CONNECTION = "sso:create"
    CHANGE_CONNECTION = "sso:change"
    DELETE_CONNECTION = "sso:delete"
    TEST_CONNECTION = "sso:test"
    MAP_CLAIM = "sso:map"
    UNMAP_CLAIM = "sso:unmap"
    CLAIM_DOMAIN = "domain:claim"
    PROVE_DOMAIN = "domain:prove"
    DROP_DOMAIN = "domain:drop"
    LIST_TEAMS = "team:list"
    CREATE_TEAM = "team:create"
    RENAME_TEAM = "team:rename"
    DELETE_TEAM = "team:delete"
    ADD_TO_TEAM = "team:add-member"
    REMOVE_FROM_TEAM = "team:remove-member"
    GRANT = "grant:add"
    REVOKE_GRANT = "grant:revoke"
    GRANT_PRODUCTION_READ = "grant:production-read"
    LIST_GRANTS = "grant:list"
    EXPLAIN_ACCESS = "access:explain"
    EXPLAIN_OTHERS = "access:explain-others"
    # Projects
    LIST_PROJECTS = "project:list"
    CREATE_PROJECT = "project:create"
    CHANGE_PROJECT = "project:change"
    DELETE_PROJECT = "project:delete"
    CREATE_ENVIRONMENT = "environment:create"
    CHANGE_ENVIRONMENT = "environment:change"
    UNPROTECT_ENVIRONMENT = "environment:unprotect"
    DELETE_ENVIRONMENT = "environment:delete"
    # Secrets
    LIST_SECRETS = "secret:list"
    REVEAL_SECRET = "secret:reveal"  # noqa: S105 - the name of an act
    UNSEAL_SECRET = "secret:unseal"  # noqa: S105 - by the gateway, which sends it on and shows it to nobody
    EXPORT_SECRETS = "secret:export"
    CREATE_SECRET = "secret:create"  # noqa: S105
    ADD_VERSION = "secret:version"
    ROTATE_SECRET = "secret:rotate"  # noqa: S105
    RESTORE_VERSION = "secret:restore"
    CHANGE_SECRET = "secret:change"  # noqa: S105
    IMPORT_SECRETS = "secret:import"
    COPY_SECRET = "secret:copy"  # noqa: S105
    MOVE_SECRET = "secret:move"  # noqa: S105
    DELETE_SECRET = "secret:delete"  # noqa: S105
    UNDELETE_SECRET = "secret:undelete"  # noqa: S105
    PURGE_SECRET = "secret:purge"  # noqa: S105
    ERASE_VERSION = "secret:erase"
    FIND_DUPLICATES = "secret:duplicates"
    BIND_SECRET = "secret:bind"  # noqa: S105
    # Tokens
    LIST_TOKENS = "token:list"
    ISSUE_PERSONAL_TOKEN = "token:issue-personal"  # noqa: S105
    ISSUE_SERVICE_TOKEN = "token:issue-service"  # noqa: S105
    ISSUE_PRODUCTION_TOKEN = "token:issue-production"  # noqa: S105
    ISSUE_TEAM_TOKEN = "token:issue-team"  # noqa: S105
    OFFER_TOKEN = "token:offer"  # noqa: S105
    OPEN_OFFER = "token:open"
    COPY_TEAM_TOKEN = "token:copy"  # noqa: S105
    SHOW_TOKEN_KEYS = "token:keys"  # noqa: S105
    CHANGE_TOKEN = "token:change"  # noqa: S105
    REVOKE_ANY_TOKEN = "token:revoke"  # noqa: S105
    KEEP_TOKEN = "token:keep"  # noqa: S105
    EXEMPT_TOKEN = "token:exempt"  # noqa: S105
    MANAGE_SERVICE_IDENTITY = "service:manage"
    # The directory
    LIST_SCIM_TOKENS = "scim-token:list"
    ISSUE_SCIM_TOKEN = "scim-token:issue"  # noqa: S105
    REVOKE_SCIM_TOKEN = "scim-token:revoke"  # noqa: S105
    # Leaks
    SEARCH_LEAKS = "leak:search"
    LIST_SCANNERS = "scanner:list"
    CONNECT_SCANNER = "scanner:connect"
    DISCONNECT_SCANNER = "scanner:disconnect"
    # The gateway's usage and its bounds
    LIST_USAGE = "usage:list"
    LIST_ALL_USAGE = "usage:list-all"
    EXPORT_CHARGEBACK = "usage:chargeback"
    LIST_LIMITS = "limit:list"
    SET_LIMIT = "limit:set"
    REMOVE_LIMIT = "limit:remove"
    # The organization's own upstreams
    LIST_UPSTREAMS = "upstream:list"
    ADD_UPSTREAM = "upstream:add"
    CHANGE_UPSTREAM = "upstream:change"
    DELETE_UPSTREAM = "upstream:delete"
    # Labels of the gateway's hosts
    LIST_HOST_LABELS = "host-label:list"
    GIVE_HOST_LABEL = "host-label:give"
    TAKE_HOST_LABEL = "host-label:take"
    # The log
    LIST_EVENTS = "event:list"
    PROVE_EVENTS = "event:prove"
    LIST_STREAMS = "stream:list"
    CREATE_STREAM = "stream:create"
    DELETE_STREAM = "stream:delete"
    # Alerts
    LIST_ALERTS = "alert:list"
    ACKNOWLEDGE_ALERT = "alert:acknowledge"
    RESOLVE_ALERT = "alert:resolve"
    CHANGE_ALERT_RULE = "alert-rule:change"
    CHANGE_ALERT_CALENDAR = "alert-calendar:change"
    LIST_ALERT_CHANNELS = "alert-channel:list"
    CREATE_ALERT_CHANNEL = "alert-channel:create"
    CHANGE_ALERT_CHANNEL = "alert-channel:change"
    DELETE_ALERT_CHANNEL = "alert-channel:delete"
    TEST_ALERT_CHANNEL = "alert-channel:test"
    REDELIVER_ALERTS = "alert-channel:redeliver"


class Right(StrEnum):
    """What the table says of a role and an act."""

    YES = "yes"
    GRANT = "grant"  # where a grant holds the verb
    NO = "no"


# The verbs that a token must hold for an act, and a grant too (but for ``manage``, which only tokens have). An act that
# is not here needs ``manage`` of a token, and is decided by the role alone.
VERBS: dict[Action, frozenset[Verb]] = {
    Action.LIST_SECRETS: frozenset({Verb.LIST}),
    Action.FIND_DUPLICATES: frozenset({Verb.READ}),
    Action.REVEAL_SECRET: frozenset({Verb.READ}),
    Action.UNSEAL_SECRET: frozenset({Verb.READ}),
    Action.EXPORT_SECRETS: frozenset({Verb.READ}),
    Action.COPY_SECRET: frozenset({Verb.READ}),
    Action.CREATE_SECRET: frozenset({Verb.ADD}),
    Action.IMPORT_SECRETS: frozenset({Verb.ADD}),
    Action.ADD_VERSION: frozenset({Verb.ROTATE}),
    Action.ROTATE_SECRET: frozenset({Verb.ROTATE}),
    Action.RESTORE_VERSION: frozenset({Verb.ROTATE}),
    Action.CHANGE_SECRET: frozenset({Verb.ROTATE}),
    # A moved value may be readable where it arrives: whoever moves it must be able to read it where it was.
    Action.MOVE_SECRET: frozenset({Verb.READ, Verb.DELETE}),
    Action.DELETE_SECRET: frozenset({Verb.DELETE}),
    Action.UNDELETE_SECRET: frozenset({Verb.DELETE}),
    Action.PURGE_SECRET: frozenset({Verb.DELETE}),
    Action.ERASE_VERSION: frozenset({Verb.DELETE}),
    Action.ISSUE_PRODUCTION_TOKEN: frozenset({Verb.READ, Verb.MANAGE}),
}

# Through the gateway a key is used and not seen: these are permitted to team tokens, and to a token for a protected
# environment that may not reveal its values.
AT_THE_GATEWAY: frozenset[Action] = frozenset({Action.UNSEAL_SECRET})

# Acts that no token performs, whatever it holds: they change who may do what.
NEVER_BY_TOKEN: frozenset[Action] = frozenset(
    {
        Action.RENAME_ORGANIZATION,
        Action.CHANGE_POLICY,
        Action.TRANSFER_OWNERSHIP,
        Action.ADD_MEMBER,
        Action.CHANGE_ROLE,
        Action.CHANGE_MEMBER,
        Action.REMOVE_MEMBER,
        Action.RESET_FACTORS,
        Action.LEAVE,
        Action.INVITE,
        Action.RESEND_INVITATION,
        Action.WITHDRAW_INVITATION,
        Action.SCHEDULE_OFFBOARDING,
        Action.WITHDRAW_OFFBOARDING,
        Action.CREATE_CONNECTION,
        Action.CHANGE_CONNECTION,
        Action.DELETE_CONNECTION,
        Action.TEST_CONNECTION,
        Action.MAP_CLAIM,
        Action.UNMAP_CLAIM,
        Action.CLAIM_DOMAIN,
        Action.PROVE_DOMAIN,
        Action.DROP_DOMAIN,
        Action.CREATE_TEAM,
        Action.RENAME_TEAM,
        Action.DELETE_TEAM,
        Action.ADD_TO_TEAM,
        Action.REMOVE_FROM_TEAM,
        Action.GRANT,
        Action.REVOKE_GRANT,
        Action.GRANT_PRODUCTION_READ,
        Action.UNPROTECT_ENVIRONMENT,
        Action.ISSUE_SCIM_TOKEN,
        Action.REVOKE_SCIM_TOKEN,
        # A token for somebody else is no child, and an offer may be wider than the token that would open it.
        Action.OFFER_TOKEN,
        Action.OPEN_OFFER,
    }
)

# Looking is open to every token of a person or service; what it lists is scoped besides.
ALWAYS_BY_TOKEN: frozenset[Action] = frozenset(
    {Action.VIEW_ORGANIZATION, Action.LIST_PROJECTS, Action.EXPLAIN_ACCESS, Action.LIST_USAGE, Action.PROVE_EVENTS}
)

# Values leave by these. In a protected environment they need a grant for that environment, whatever the role.
PROTECTED_READS: frozenset[Action] = frozenset(
    {
        Action.REVEAL_SECRET,
        Action.UNSEAL_SECRET,
        Action.EXPORT_SECRETS,
        Action.COPY_SECRET,
        Action.MOVE_SECRET,
        Action.FIND_DUPLICATES,
    }
)

# In a browser these take a second factor shown within the last minutes: what a stolen session must not do. What would
# open the values of protected environments by a detour is among them.
STEP_UP: frozenset[Action] = frozenset(
    {
        Action.CHANGE_POLICY,
        Action.TRANSFER_OWNERSHIP,
        Action.GRANT_PRODUCTION_READ,
        Action.UNPROTECT_ENVIRONMENT,
        Action.ISSUE_PRODUCTION_TOKEN,
        Action.REMOVE_MEMBER,
        Action.RESET_FACTORS,
        Action.END_MEMBERS_SESSIONS,
        Action.SCHEDULE_OFFBOARDING,
        Action.CREATE_CONNECTION,
        Action.CHANGE_CONNECTION,
        Action.DELETE_CONNECTION,
        Action.MAP_CLAIM,
        Action.UNMAP_CLAIM,
        Action.DROP_DOMAIN,
        Action.ISSUE_SCIM_TOKEN,
        Action.REVOKE_SCIM_TOKEN,
        Action.CREATE_STREAM,
    }
)

# The same for what concerns a protected environment alone.
STEP_UP_WHERE_PROTECTED: frozenset[Action] = frozenset({Action.COPY_TEAM_TOKEN, Action.SHOW_TOKEN_KEYS})

# Limited to paths, a token or grant still permits these on an environment as a whole: what they list or issue is
# limited in its turn. Any other act on many secrets is decided for each of them by name.
WIDER_THAN_A_PATH: frozenset[Action] = frozenset(
    {Action.LIST_SECRETS, Action.LIST_TOKENS, Action.ISSUE_PERSONAL_TOKEN, Action.ISSUE_SERVICE_TOKEN}
)

_Y, _G, _N = Right.YES, Right.GRANT, Right.NO


def _row(owner: Right, admin: Right, developer: Right, viewer: Right) -> dict[Role, Right]:
    return {Role.OWNER: owner, Role.ADMIN: admin, Role.DEVELOPER: developer, Role.VIEWER: viewer}


TABLE: dict[Action, dict[Role, Right]] = {
    Action.VIEW_ORGANIZATION: _row(_Y, _Y, _Y, _Y),
    Action.RENAME_ORGANIZATION: _row(_Y, _N, _N, _N),
    Action.CHANGE_POLICY: _row(_Y, _N, _N, _N),
    Action.TRANSFER_OWNERSHIP: _row(_Y, _N, _N, _N),
    Action.LIST_SESSIONS: _row(_Y, _Y, _Y, _Y),
    Action.END_SESSION: _row(_Y, _Y, _Y, _Y),
    Action.LIST_MEMBERS: _row(_Y, _Y, _Y, _Y),
    Action.ADD_MEMBER: _row(_Y, _Y, _N, _N),
    Action.CHANGE_ROLE: _row(_Y, _Y, _N, _N),
    Action.CHANGE_MEMBER: _row(_Y, _Y, _N, _N),
    Action.REMOVE_MEMBER: _row(_Y, _Y, _N, _N),
    Action.RESET_FACTORS: _row(_Y, _N, _N, _N),
    Action.END_MEMBERS_SESSIONS: _row(_Y, _Y, _N, _N),
    Action.LEAVE: _row(_Y, _Y, _Y, _Y),
    Action.LIST_INVITATIONS: _row(_Y, _Y, _N, _N),
    Action.INVITE: _row(_Y, _Y, _N, _N),
    Action.RESEND_INVITATION: _row(_Y, _Y, _N, _N),
    Action.WITHDRAW_INVITATION: _row(_Y, _Y, _N, _N),
    Action.LIST_OFFBOARDINGS: _row(_Y, _Y, _N, _N),
    Action.PREVIEW_OFFBOARDING: _row(_Y, _Y, _N, _N),
    Action.SCHEDULE_OFFBOARDING: _row(_Y, _Y, _N, _N),
    Action.WITHDRAW_OFFBOARDING: _row(_Y, _Y, _N, _N),
    Action.LIST_SIGN_ON: _row(_Y, _Y, _N, _N),
    # Whoever changes these can have anybody signed in as anybody of the domain, owners included.
    Action.CREATE_CONNECTION: _row(_Y, _N, _N, _N),
    Action.CHANGE_CONNECTION: _row(_Y, _N, _N, _N),
    Action.DELETE_CONNECTION: _row(_Y, _N, _N, _N),
    Action.TEST_CONNECTION: _row(_Y, _Y, _N, _N),
    Action.MAP_CLAIM: _row(_Y, _N, _N, _N),
    Action.UNMAP_CLAIM: _row(_Y, _N, _N, _N),
    Action.CLAIM_DOMAIN: _row(_Y, _N, _N, _N),
    Action.PROVE_DOMAIN: _row(_Y, _N, _N, _N),
    Action.DROP_DOMAIN: _row(_Y, _N, _N, _N),
    Action.LIST_TEAMS: _row(_Y, _Y, _Y, _Y),
    Action.CREATE_TEAM: _row(_Y, _Y, _N, _N),
    Action.RENAME_TEAM: _row(_Y, _Y, _N, _N),
    Action.DELETE_TEAM: _row(_Y, _Y, _N, _N),
    Action.ADD_TO_TEAM: _row(_Y, _Y, _N, _N),
    Action.REMOVE_FROM_TEAM: _row(_Y, _Y, _N, _N),
    Action.GRANT: _row(_Y, _Y, _N, _N),
    Action.REVOKE_GRANT: _row(_Y, _Y, _N, _N),
    Action.GRANT_PRODUCTION_READ: _row(_Y, _N, _N, _N),
    Action.LIST_GRANTS: _row(_Y, _Y, _N, _N),
    Action.EXPLAIN_ACCESS: _row(_Y, _Y, _Y, _Y),
    Action.EXPLAIN_OTHERS: _row(_Y, _Y, _N, _N),
    Action.LIST_PROJECTS: _row(_Y, _Y, _Y, _Y),
    Action.CREATE_PROJECT: _row(_Y, _Y, _N, _N),
    Action.CHANGE_PROJECT: _row(_Y, _Y, _N, _N),
    Action.DELETE_PROJECT: _row(_Y, _Y, _N, _N),
    Action.CREATE_ENVIRONMENT: _row(_Y, _Y, _N, _N),
    Action.CHANGE_ENVIRONMENT: _row(_Y, _Y, _N, _N),
    Action.UNPROTECT_ENVIRONMENT: _row(_Y, _N, _N, _N),
    Action.DELETE_ENVIRONMENT: _row(_Y, _Y, _N, _N),
    Action.LIST_SECRETS: _row(_Y, _Y, _Y, _G),
    Action.REVEAL_SECRET: _row(_Y, _Y, _G, _G),
    Action.UNSEAL_SECRET: _row(_Y, _Y, _G, _G),
    Action.EXPORT_SECRETS: _row(_Y, _Y, _G, _G),
    Action.CREATE_SECRET: _row(_Y, _Y, _G, _N),
    Action.ADD_VERSION: _row(_Y, _Y, _G, _N),
    Action.ROTATE_SECRET: _row(_Y, _Y, _G, _N),
    Action.RESTORE_VERSION: _row(_Y, _Y, _G, _N),
    Action.CHANGE_SECRET: _row(_Y, _Y, _G, _N),
    Action.IMPORT_SECRETS: _row(_Y, _Y, _G, _N),
    Action.COPY_SECRET: _row(_Y, _Y, _G, _N),
    Action.MOVE_SECRET: _row(_Y, _Y, _G, _N),
    Action.DELETE_SECRET: _row(_Y, _Y, _G, _N),
    Action.UNDELETE_SECRET: _row(_Y, _Y, _G, _N),
    Action.PURGE_SECRET: _row(_Y, _Y, _G, _N),
    Action.ERASE_VERSION: _row(_Y, _Y, _G, _N),
    Action.FIND_DUPLICATES: _row(_Y, _Y, _G, _G),
    Action.BIND_SECRET: _row(_Y, _Y, _N, _N),
    Action.LIST_TOKENS: _row(_Y, _Y, _Y, _N),
    Action.ISSUE_PERSONAL_TOKEN: _row(_Y, _Y, _Y, _Y),
    Action.ISSUE_SERVICE_TOKEN: _row(_Y, _Y, _N, _N),
    Action.ISSUE_PRODUCTION_TOKEN: _row(_Y, _G, _N, _N),
    Action.ISSUE_TEAM_TOKEN: _row(_Y, _Y, _N, _N),
    Action.OFFER_TOKEN: _row(_Y, _Y, _N, _N),
    Action.OPEN_OFFER: _row(_Y, _Y, _Y, _Y),
    Action.COPY_TEAM_TOKEN: _row(_Y, _Y, _Y, _N),
    Action.SHOW_TOKEN_KEYS: _row(_Y, _N, _N, _N),
    Action.CHANGE_TOKEN: _row(_Y, _Y, _N, _N),
    Action.REVOKE_ANY_TOKEN: _row(_Y, _Y, _N, _N),
    Action.KEEP_TOKEN: _row(_Y, _Y, _N, _N),
    Action.EXEMPT_TOKEN: _row(_Y, _Y, _N, _N),
    Action.MANAGE_SERVICE_IDENTITY: _row(_Y, _Y, _N, _N),
    Action.LIST_SCIM_TOKENS: _row(_Y, _Y, _N, _N),
    Action.ISSUE_SCIM_TOKEN: _row(_Y, _N, _N, _N),
    Action.REVOKE_SCIM_TOKEN: _row(_Y, _N, _N, _N),
    Action.SEARCH_LEAKS: _row(_Y, _Y, _Y, _N),
    Action.LIST_SCANNERS: _row(_Y, _Y, _N, _N),
    Action.CONNECT_SCANNER: _row(_Y, _Y, _N, _N),
    Action.DISCONNECT_SCANNER: _row(_Y, _Y, _N, _N),
    Action.LIST_USAGE: _row(_Y, _Y, _Y, _Y),
    Action.LIST_ALL_USAGE: _row(_Y, _Y, _N, _N),
    Action.EXPORT_CHARGEBACK: _row(_Y, _N, _N, _N),
    Action.LIST_LIMITS: _row(_Y, _Y, _Y, _N),
    Action.SET_LIMIT: _row(_Y, _Y, _N, _N),
    Action.REMOVE_LIMIT: _row(_Y, _Y, _N, _N),
    Action.LIST_UPSTREAMS: _row(_Y, _Y, _Y, _N),
    Action.ADD_UPSTREAM: _row(_Y, _Y, _N, _N),
    Action.CHANGE_UPSTREAM: _row(_Y, _Y, _N, _N),
    Action.DELETE_UPSTREAM: _row(_Y, _Y, _N, _N),
    Action.LIST_HOST_LABELS: _row(_Y, _Y, _Y, _N),
    Action.GIVE_HOST_LABEL: _row(_Y, _Y, _N, _N),
    Action.TAKE_HOST_LABEL: _row(_Y, _Y, _N, _N),
    Action.LIST_EVENTS: _row(_Y, _Y, _N, _N),
    Action.PROVE_EVENTS: _row(_Y, _Y, _Y, _Y),
    Action.LIST_STREAMS: _row(_Y, _Y, _N, _N),
    Action.CREATE_STREAM: _row(_Y, _N, _N, _N),
    Action.DELETE_STREAM: _row(_Y, _N, _N, _N),
    Action.LIST_ALERTS: _row(_Y, _Y, _N, _N),
    Action.ACKNOWLEDGE_ALERT: _row(_Y, _Y, _N, _N),
    Action.RESOLVE_ALERT: _row(_Y, _Y, _N, _N),
    Action.CHANGE_ALERT_RULE: _row(_Y, _Y, _N, _N),
    Action.CHANGE_ALERT_CALENDAR: _row(_Y, _Y, _N, _N),
    Action.LIST_ALERT_CHANNELS: _row(_Y, _Y, _N, _N),
    Action.CREATE_ALERT_CHANNEL: _row(_Y, _Y, _N, _N),
    Action.CHANGE_ALERT_CHANNEL: _row(_Y, _Y, _N, _N),
    Action.DELETE_ALERT_CHANNEL: _row(_Y, _Y, _N, _N),
    Action.TEST_ALERT_CHANNEL: _row(_Y, _Y, _N, _N),
    Action.REDELIVER_ALERTS: _row(_Y, _Y, _N, _N),
}
