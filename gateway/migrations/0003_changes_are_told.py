"""Every change of what the gateway's workers hold in memory leaves a row in its own transaction, and one NOTIFY.

The rows are written by triggers, so that a statement typed by hand is told as well, on those columns alone that the
state loads (gateway/state/columns.py; a test compares the two). ``gateway_tell(kind, column)`` is the trigger's
function: it tells of the ``kind`` that ``column`` of the old and of the new row names, where it names one.
"""

from django.db import migrations, models

import gateway.fields
import keyvault.ids

FUNCTION = """
CREATE FUNCTION gateway_tell() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    was uuid;
    is_now uuid;
BEGIN
    IF TG_NARGS = 1 THEN
        INSERT INTO public.gateway_change (kind) VALUES (TG_ARGV[0]);
        PERFORM pg_notify('gateway_change', '');
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        EXECUTE format('SELECT ($1).%I', TG_ARGV[1]) INTO was USING OLD;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        EXECUTE format('SELECT ($1).%I', TG_ARGV[1]) INTO is_now USING NEW;
    END IF;
    INSERT INTO public.gateway_change (kind, subject)
        SELECT DISTINCT TG_ARGV[0], told FROM unnest(ARRAY[was, is_now]) AS told WHERE told IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('gateway_change', '');
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION gateway_tell() FROM PUBLIC;
"""

_OF_TOKENS = (
    "org_id, kind, name, digest, pepper_id, mac, membership_id, service_id, project_id, environment_id, prefixes, verbs, "
    "networks, origins, may_reveal_production, server_calls, websocket, endpoints, expires_at, parent_id, line_id, state"
)
_OF_SECRETS = "environment_id, name, kind, provider, upstream, current, deleted_at"
_OF_UPSTREAMS = "slug, title, base, slots, also, paths, denied, websocket, errors, usage"
_OF_GRANTS = "project_id, environment_id, membership_id, team_id, verbs, prefix"
_OF_LABELS = "label, membership_id, service_id, environment_id"

# table, columns, kind, the column that names it, and for which rows
TOLD = (
    ("tokens_accesstoken", _OF_TOKENS, "token", "id", ""),
    ("orgs_organization", "slug, allowed_networks, team_tokens_in_production", "org", "id", ""),
    ("orgs_membership", "user_id, role, ended_at, ends_on", "membership", "id", ""),
    ("accounts_user", "email, is_active", "user", "id", ""),
    ("tokens_serviceidentity", "slug, disabled_at", "service", "id", ""),
    ("secrets_project", "slug", "project", "id", ""),
    ("secrets_environment", "project_id, slug, tier, protected", "environment", "id", ""),
    ("secrets_secret", _OF_SECRETS, "environment", "environment_id", "{row}.kind = 'brokered'"),
    ("secrets_secretversion", "secret_id, version, type, envelope", "secret", "secret_id", ""),
    ("secrets_grant", _OF_GRANTS, "membership", "membership_id", ""),
    ("secrets_grant", _OF_GRANTS, "team", "team_id", ""),
    ("orgs_teammember", "team_id, membership_id", "membership", "membership_id", ""),
    ("gateway_upstream", _OF_UPSTREAMS, "org", "org_id", ""),
    ("gateway_hostlabel", _OF_LABELS, "membership", "membership_id", ""),
    ("gateway_hostlabel", _OF_LABELS, "service", "service_id", ""),
    ("gateway_hostlabel", _OF_LABELS, "environment", "environment_id", ""),
    ("crypto_datakey", "state", "", "", "{row}.purpose IN ('pepper', 'broker')"),
)


def trigger(table: str, columns: str, kind: str, column: str, condition: str) -> str:
    """Three, because a condition may name the old row, the new one or both."""
    arguments = f"'{kind}', '{column}'" if kind else "'everything'"
    rows = {"INSERT": ("NEW",), f"UPDATE OF {columns}": ("OLD", "NEW"), "DELETE": ("OLD",)}
    made = []
    for event, seen in rows.items():
        name = f"gateway_hears_{event[:6].lower()}_of_{kind or 'key'}"
        when = f" WHEN ({' OR '.join(condition.format(row=row) for row in seen)})" if condition else ""
        made.append(
            f"CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW{when} EXECUTE FUNCTION gateway_tell({arguments});\n"
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name};"
        )
    return "\n".join(made)


def untrigger(table: str, kind: str) -> str:
    names = [f"gateway_hears_{event}_of_{kind or 'key'}" for event in ("insert", "update", "delete")]
    return "\n".join(f"DROP TRIGGER {name} ON {table};" for name in names)


# The gateway's role reads the envelopes that the gateway serves, and no others.
ENVELOPES = """
CREATE VIEW gateway_envelope WITH (security_barrier) AS
SELECT v.id, v.org_id, v.secret_id, v.version, v.type, v.datakey_id, v.envelope
FROM secrets_secretversion v
JOIN secrets_secret s ON s.id = v.secret_id
WHERE s.kind = 'brokered' AND s.upstream <> '' AND s.deleted_at IS NULL AND s.current = v.version;
"""

TRIGGERS = "\n".join(trigger(*each) for each in TOLD)
UNDO = "\n".join(untrigger(table, kind) for table, _, kind, _, _ in TOLD) + "\nDROP FUNCTION gateway_tell();"


class Migration(migrations.Migration):
    dependencies = [
        ("gateway", "0002_rows_stay_in_their_org"),
        ("accounts", "0001_initial"),
        ("keyring", "0001_keys_and_their_wraps"),
    ]

    operations = [
        migrations.CreateModel(
            name="Worker",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120)),
                ("started_at", models.DateTimeField(auto_now_add=True)),
                ("seen", gateway.fields.SnapshotField(null=True)),
                ("lease_until", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("xid", gateway.fields.XidField(db_default=models.Func(function="pg_current_xact_id"))),
                ("kind", models.CharField(max_length=12)),
                ("subject", models.UUIDField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["xid"], name="change_by_xid"),
                    models.Index(fields=["subject"], name="change_by_subject"),
                ],
            },
        ),
        migrations.RunSQL([(FUNCTION, None), (TRIGGERS, None)], UNDO),
        migrations.RunSQL(ENVELOPES, "DROP VIEW gateway_envelope;"),
    ]
