"""The event of an unsealing, written only while what was decided still holds, and the envelope that it opens."""

from typing import LiteralString

from audit.rows import COLUMNS

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

# The token as it was (its MAC covers scope, networks and expiry) and active, its holder still in with the same role,
# and the secret still that version, bound to that place. No row: somebody changed it in between.
_STILL_HOLDS: LiteralString = """
WHERE EXISTS (
    SELECT FROM tokens_accesstoken t
    LEFT JOIN orgs_membership m ON m.org_id = t.org_id AND m.id = t.membership_id
    LEFT JOIN accounts_user u ON u.id = m.user_id
    LEFT JOIN tokens_serviceidentity i ON i.org_id = t.org_id AND i.id = t.service_id
    WHERE t.id = %s AND t.mac = %s AND t.state = 'active' AND t.expires_at > clock_timestamp()
      AND (t.membership_id IS NULL
           OR (m.ended_at IS NULL AND m.role = %s AND u.is_active
               AND (m.ends_on IS NULL OR m.ends_on >= (clock_timestamp() AT TIME ZONE 'UTC')::date)))
      AND (t.service_id IS NULL OR i.disabled_at IS NULL)
) AND EXISTS (
    SELECT FROM secrets_secret s
    WHERE s.id = %s AND s.org_id = %s AND s.environment_id = %s AND s.current = %s AND s.provider = %s
      AND s.upstream = %s AND s.kind = 'brokered' AND s.deleted_at IS NULL
)
"""

COMMIT = (
    f"INSERT INTO audit_event ({', '.join(COLUMNS)}) "
    f"SELECT {', '.join(f'%s::{_TYPES.get(column, _UUID)}' for column in COLUMNS)}"
    f"{_STILL_HOLDS}"
)

ENVELOPE: LiteralString = "SELECT envelope FROM gateway_envelope WHERE id = %s AND org_id = %s"
