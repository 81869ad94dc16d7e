"""The four statements of the raw baseline: asyncpg runs them, and pgbench runs the same ones prepared."""

TOKEN = """
SELECT t.id, t.org_id, t.mac, t.state, t.expires_at, t.project_id, t.environment_id, t.verbs, m.role, m.ended_at
FROM tokens_accesstoken t LEFT JOIN orgs_membership m ON m.org_id = t.org_id AND m.id = t.membership_id
WHERE t.digest = $1
"""

PLACE = """
SELECT e.org_id, e.project_id, e.id AS environment_id, e.protected
FROM secrets_project p JOIN secrets_environment e ON e.project_id = p.id
WHERE p.org_id = $1 AND p.slug = $2 AND e.slug = $3
"""

VERSION = """
SELECT v.org_id, e.project_id, s.environment_id, v.secret_id, v.version, v.datakey_id, v.envelope, w.wrapped
FROM secrets_secret s
JOIN secrets_environment e ON e.id = s.environment_id
JOIN secrets_secretversion v ON v.secret_id = s.id AND v.version = s.current
JOIN crypto_datakey_wrap w ON w.datakey_id = v.datakey_id AND w.root_id = $3
WHERE s.environment_id = $1 AND s.name = $2 AND s.deleted_at IS NULL
"""

EVENT = """
INSERT INTO audit_event (id, at, org_id, action, outcome, actor_type, secret_id, token_id, request_id, reason, entry,
                         mac_key_id, mac)
VALUES ($1, clock_timestamp(), $2, 'secret:reveal', 'success', 'person', $3, $4, $1, '', $5, $6, $7)
"""
