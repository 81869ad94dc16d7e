"""What of the database the state loads, in seven statements.

NOTE: each column here has its trigger (migration 0003); tests/gateway/state/test_triggers.py compares them.
"""

from collections.abc import Mapping
from typing import LiteralString

from tokens.rows import FIELDS

_ELSEWHERE: Mapping[str, LiteralString] = {
    "org_slug": "o.slug",
    "org_networks": "o.allowed_networks",
    "team_in_production": "o.team_tokens_in_production",
    "role": "m.role",
    "ended_at": "m.ended_at",
    "ends_on": "m.ends_on",
    "user_id": "u.id",
    "email": "u.email",
    "is_active": "u.is_active",
    "service_slug": "i.slug",
    "disabled_at": "i.disabled_at",
    "project_slug": "p.slug",
    "environment_slug": "e.slug",
    "tier": "e.tier",
    "protected": "e.protected",
}
_OF_TOKEN = ("pepper_id", "server_calls", "websocket", "endpoints", "line_id")

COLUMNS: tuple[str, ...] = tuple(dict.fromkeys((*FIELDS, *_OF_TOKEN, *_ELSEWHERE)))


def _selected() -> str:
    return ", ".join(f"{_ELSEWHERE.get(name, f't.{name}')} AS {name}" for name in COLUMNS)


# What ended is kept for a while, so that its holder is told what is wrong.
TOKENS = f"""
SELECT {_selected()}
FROM tokens_accesstoken t
JOIN orgs_organization o ON o.id = t.org_id
LEFT JOIN orgs_membership m ON m.org_id = t.org_id AND m.id = t.membership_id
LEFT JOIN accounts_user u ON u.id = m.user_id
LEFT JOIN tokens_serviceidentity i ON i.org_id = t.org_id AND i.id = t.service_id
LEFT JOIN secrets_project p ON p.org_id = t.org_id AND p.id = t.project_id
LEFT JOIN secrets_environment e ON e.org_id = t.org_id AND e.id = t.environment_id AND e.project_id = t.project_id
WHERE t.expires_at > now() - interval '30 days'
  AND (t.state <> 'revoked' OR t.revoked_at > now() - interval '30 days')
  AND """  # noqa: S608  names of our own

SECRETS: LiteralString = """
SELECT s.id, s.org_id, s.environment_id, s.name, s.provider, s.upstream, v.id AS version_id, v.version, v.type
FROM secrets_secret s
JOIN gateway_envelope v ON v.org_id = s.org_id AND v.secret_id = s.id
WHERE s.environment_id = ANY(%s) AND v.envelope IS NOT NULL
"""

GRANTS: LiteralString = """
SELECT g.membership_id, g.project_id, g.environment_id, g.verbs, g.prefix
FROM secrets_grant g WHERE g.membership_id = ANY(%(members)s)
UNION ALL
SELECT tm.membership_id, g.project_id, g.environment_id, g.verbs, g.prefix
FROM orgs_teammember tm JOIN secrets_grant g ON g.team_id = tm.team_id WHERE tm.membership_id = ANY(%(members)s)
"""

LABELS: LiteralString = """
SELECT COALESCE(membership_id, service_id, environment_id) AS of, label FROM gateway_hostlabel WHERE org_id = ANY(%s)
"""

LIMITS: LiteralString = """
SELECT org_id, token_id, project_id, requests_per_minute, tokens_per_minute, concurrent, monthly_cents, allowed_models,
       allowed_tools
FROM gateway_limit WHERE org_id = ANY(%s)
"""

UPSTREAMS: LiteralString = """
SELECT org_id, slug, title, base, slots, also, paths, denied, websocket, protocol, tools, errors, usage
FROM gateway_upstream WHERE org_id = ANY(%s) AND disabled_at IS NULL
"""
