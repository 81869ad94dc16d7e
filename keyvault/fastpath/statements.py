"""The two statements of reads, for one or several at a time: all that the decision needs, and the events that commit.

Both are prepared by the server once per connection and number of reads (not behind a transaction pooler, see settings).
"""

from typing import LiteralString

from audit.services import COLUMNS
from keyvault.fastpath.prepared import Statement
from keyvault.fastpath.together import SIZES

# Everything by the token's digest. A part that does not exist is null: the ordinary road says so to the client.
_FIND: LiteralString = """
SELECT
    asked.place,
    t.id, t.org_id, t.kind, t.name, t.digest, t.mac, t.membership_id, t.service_id, t.project_id, t.environment_id,
    t.prefixes, t.verbs, t.networks, t.origins, t.may_reveal_production, t.expires_at, t.parent_id, t.state,
    t.server_calls, t.websocket, t.endpoints, t.line_id,
    o.slug AS org_slug, o.allowed_networks AS org_networks, o.require_reason_in_production,
    m.role, m.ended_at, m.ends_on, u.id AS user_id, u.email, u.is_active,
    i.slug AS service_slug, i.disabled_at,
    p.id AS place_project_id, p.slug AS project_slug,
    e.id AS place_environment_id, e.slug AS environment_slug, e.tier, e.protected,
    s.id AS secret_id, s.name AS secret_name, s.kind AS secret_kind,
    v.id AS version_id, v.version, v.type, v.envelope, v.datakey_id,
    k.purpose, w.root_id, w.wrapped,
    g.environments AS grant_environments, g.verbs AS grant_verbs, g.prefixes AS grant_prefixes
FROM (VALUES {asked} OFFSET 0) AS asked (place, digests, project, environment, name)
JOIN tokens_accesstoken t ON t.digest = ANY(asked.digests)
JOIN orgs_organization o ON o.id = t.org_id
LEFT JOIN orgs_membership m ON m.org_id = t.org_id AND m.id = t.membership_id
LEFT JOIN accounts_user u ON u.id = m.user_id
LEFT JOIN tokens_serviceidentity i ON i.org_id = t.org_id AND i.id = t.service_id
LEFT JOIN secrets_project p ON p.org_id = t.org_id AND p.slug = asked.project
LEFT JOIN secrets_environment e ON e.org_id = t.org_id AND e.project_id = p.id AND e.slug = asked.environment
LEFT JOIN secrets_secret s
    ON s.org_id = t.org_id AND s.environment_id = e.id AND s.name = asked.name AND s.deleted_at IS NULL
LEFT JOIN secrets_secretversion v ON v.org_id = t.org_id AND v.secret_id = s.id AND v.version = s.current
LEFT JOIN crypto_datakey k ON k.id = v.datakey_id AND k.state <> 'shredded'
LEFT JOIN crypto_datakey_wrap w ON w.datakey_id = k.id AND w.root_id = ANY(%s::bytea[])
LEFT JOIN LATERAL (
    SELECT array_agg(g.environment_id) AS environments, array_agg(array_to_string(g.verbs, ',')) AS verbs,
           array_agg(g.prefix) AS prefixes
    FROM secrets_grant g
    WHERE g.org_id = t.org_id AND g.project_id = p.id
      AND (g.membership_id = t.membership_id
           OR g.team_id IN (SELECT tm.team_id FROM orgs_teammember tm WHERE tm.membership_id = t.membership_id))
) g ON t.membership_id IS NOT NULL
"""
_ASKED: LiteralString = "(%s::int, %s::bytea[], %s::text, %s::text, %s::text)"

# An event is written only while what was decided still holds: the token as it was (its MAC covers scope, networks
# and expiry) and active, its holder still in with the same role. No row: somebody revoked in between.
_TYPES: dict[str, LiteralString] = {
    "at": "timestamptz",
    "version": "int",
    "address": "inet",
    "entry": "bytea",
    "mac": "bytea",
    "action": "text",
    "outcome": "text",
    "actor_type": "text",
    "reason": "text",
}
_UUID: LiteralString = "uuid"  # what the other columns are
_COLUMNS: LiteralString = ", ".join(COLUMNS)
_EVENT: LiteralString = ", ".join(f"%s::{_TYPES.get(column, _UUID)}" for column in COLUMNS)
_COMMIT: LiteralString = """
INSERT INTO audit_event ({columns}) SELECT {columns}
FROM (VALUES {reads}) AS read ({columns}, token, as_it_was, held_role)
WHERE EXISTS (
    SELECT FROM tokens_accesstoken t
    LEFT JOIN orgs_membership m ON m.org_id = t.org_id AND m.id = t.membership_id
    LEFT JOIN accounts_user u ON u.id = m.user_id
    LEFT JOIN tokens_serviceidentity i ON i.org_id = t.org_id AND i.id = t.service_id
    WHERE t.id = read.token AND t.mac = read.as_it_was AND t.state = 'active' AND t.expires_at > clock_timestamp()
      AND (t.membership_id IS NULL
           OR (m.ended_at IS NULL AND m.role = read.held_role AND u.is_active
               AND (m.ends_on IS NULL OR m.ends_on >= (clock_timestamp() AT TIME ZONE 'UTC')::date)))
      AND (t.service_id IS NULL OR i.disabled_at IS NULL)
)
RETURNING id
"""
_READ: LiteralString = f"({_EVENT}, %s::uuid, %s::bytea, %s::text)"

# By the number of reads. FIND takes for each: its place in the group, digests, project, environment, name; then the
# roots that this process holds. COMMIT takes the event's columns, the token's id, its MAC and its holder's role.
FIND = {size: Statement(_FIND.format(asked=", ".join([_ASKED] * size))) for size in SIZES}
COMMIT = {size: Statement(_COMMIT.format(columns=_COLUMNS, reads=", ".join([_READ] * size))) for size in SIZES}
