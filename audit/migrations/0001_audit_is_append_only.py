"""The table of events: partitioned by month, refusing every change, open to the app role for reading and adding only."""

from django.conf import settings
from django.db import migrations, models

from keyvault.ids import uuid7

# NOTE: partitions live in a schema of their own that the app role cannot enter: default privileges on new tables reach
# them, and with those an UPDATE of a partition would be stopped by its row trigger alone.
TABLE = """
CREATE SCHEMA audit_parts;
REVOKE ALL ON SCHEMA audit_parts FROM PUBLIC;

CREATE TABLE public.audit_event (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    org_id uuid NOT NULL,
    action text NOT NULL,
    outcome text NOT NULL,
    actor_type text NOT NULL,
    actor_id uuid,
    project_id uuid,
    environment_id uuid,
    secret_id uuid,
    token_id uuid,
    target_token_id uuid,
    version integer,
    address inet,
    request_id uuid NOT NULL,
    reason text NOT NULL,
    entry bytea NOT NULL,
    mac_key_id uuid NOT NULL,
    mac bytea NOT NULL,
    CONSTRAINT outcome_is_known CHECK (outcome IN ('success', 'denied', 'error')),
    CONSTRAINT actor_type_is_known CHECK (actor_type IN ('person', 'service', 'system', 'anonymous')),
    CONSTRAINT action_is_named CHECK (action <> ''),
    CONSTRAINT entry_fits_16_kib CHECK (octet_length(entry) BETWEEN 2 AND 16384),
    CONSTRAINT mac_is_32_bytes CHECK (octet_length(mac) = 32)
) PARTITION BY RANGE (id);

CREATE INDEX audit_by_organization ON public.audit_event (org_id, id DESC);
CREATE INDEX audit_by_actor ON public.audit_event (org_id, actor_id, id DESC) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_by_secret ON public.audit_event (org_id, secret_id, id DESC) WHERE secret_id IS NOT NULL;
CREATE INDEX audit_by_token ON public.audit_event (org_id, token_id, id DESC) WHERE token_id IS NOT NULL;
CREATE INDEX audit_by_target_token ON public.audit_event (org_id, target_token_id, id DESC)
    WHERE target_token_id IS NOT NULL;
"""

# ENABLE ALWAYS: else `session_replication_role = replica` switches a trigger off.
GUARD = """
CREATE FUNCTION public.audit_refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: % of %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER rows_are_fixed BEFORE UPDATE OR DELETE ON public.audit_event
    FOR EACH ROW EXECUTE FUNCTION public.audit_refuse();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON public.audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse();
ALTER TABLE public.audit_event ENABLE ALWAYS TRIGGER rows_are_fixed;
ALTER TABLE public.audit_event ENABLE ALWAYS TRIGGER never_truncated;
"""

# A partition is made beside the table and then attached: `CREATE ... PARTITION OF` locks out every writer and waits
# behind every reader, ATTACH does neither. Row triggers are cloned by ATTACH, TRUNCATE triggers are not. No default
# partition: its rows would block the making of their month.
PARTITIONS = """
CREATE FUNCTION public.uuid7_floor(moment timestamptz) RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$ SELECT (lpad(to_hex(floor(extract(epoch FROM moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid $$;

CREATE FUNCTION public.audit_unguarded() RETURNS SETOF text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT part.relname::text
    FROM pg_class part
    CROSS JOIN (VALUES ('rows_are_fixed'), ('never_truncated')) AS guard (name)
    WHERE (part.oid = 'public.audit_event'::regclass
           OR part.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'public.audit_event'::regclass))
      AND NOT EXISTS (
        SELECT FROM pg_trigger WHERE tgrelid = part.oid AND tgname = guard.name AND tgenabled = 'A'
           AND tgfoid = 'public.audit_refuse'::regproc)
    GROUP BY part.relname ORDER BY part.relname
$$;

CREATE FUNCTION public.audit_make_months(ahead integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = '5s' AS $$
DECLARE
    month timestamptz;
    part text;
    made integer := 0;
    unguarded text;
BEGIN
    IF ahead NOT BETWEEN 0 AND 120 THEN
        RAISE EXCEPTION 'between 0 and 120 months ahead, not %', ahead USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('audit_make_months'));
    FOR n IN 0..ahead LOOP
        month := date_trunc('month', now()) + make_interval(months => n);
        part := 'audit_event_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN to_regclass('audit_parts.' || part) IS NOT NULL;
        EXECUTE format('CREATE TABLE audit_parts.%I (LIKE public.audit_event INCLUDING CONSTRAINTS)', part);
        EXECUTE format('ALTER TABLE public.audit_event ATTACH PARTITION audit_parts.%I FOR VALUES FROM (%L) TO (%L)',
            part, public.uuid7_floor(month), public.uuid7_floor(month + interval '1 month'));
        EXECUTE format('CREATE TRIGGER never_truncated BEFORE TRUNCATE ON audit_parts.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse()', part);
        EXECUTE format('ALTER TABLE audit_parts.%I ENABLE ALWAYS TRIGGER never_truncated', part);
        made := made + 1;
    END LOOP;
    SELECT string_agg(name, ', ') INTO unguarded FROM public.audit_unguarded() AS name;
    IF unguarded IS NOT NULL THEN
        RAISE EXCEPTION 'without its triggers: %', unguarded USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN made;
END $$;
REVOKE ALL ON FUNCTION public.audit_make_months(integer) FROM PUBLIC;

SELECT public.audit_make_months(36);
"""

RIGHTS = """
REVOKE ALL ON public.audit_event FROM PUBLIC, {app};
GRANT SELECT, INSERT ON public.audit_event TO {app};
GRANT EXECUTE ON FUNCTION public.audit_make_months(integer) TO {app};
"""

# Where one account plays both parts (which `manage.py check` calls an error), it must still reach the partitions.
RIGHTS_BUT_OWNER = """
REVOKE ALL ON SCHEMA audit_parts FROM {app};
REVOKE ALL ON ALL TABLES IN SCHEMA audit_parts FROM {app};
"""

UNDO = """
DROP TABLE public.audit_event;
DROP SCHEMA audit_parts;
DROP FUNCTION public.audit_make_months(integer), public.audit_unguarded(), public.uuid7_floor(timestamptz);
DROP FUNCTION public.audit_refuse();
"""


def grant_to_app(apps, schema_editor):
    app = schema_editor.quote_name(settings.APP_DATABASE_ROLE)
    schema_editor.execute(RIGHTS.format(app=app), params=None)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (owner,) = cursor.fetchone()
    if owner != settings.APP_DATABASE_ROLE:
        schema_editor.execute(RIGHTS_BUT_OWNER.format(app=app), params=None)


EVENT = migrations.CreateModel(
    name="Event",
    fields=[
        ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
        ("at", models.DateTimeField()),
        ("org_id", models.UUIDField(help_text="The zero UUID for an event of the installation.")),
        ("action", models.TextField()),
        ("outcome", models.TextField(choices=[("success", "success"), ("denied", "denied"), ("error", "error")])),
        ("actor_type", models.TextField()),
        ("actor_id", models.UUIDField(null=True)),
        ("project_id", models.UUIDField(null=True)),
        ("environment_id", models.UUIDField(null=True)),
        ("secret_id", models.UUIDField(null=True)),
        ("token_id", models.UUIDField(help_text="The token acted with.", null=True)),
        ("target_token_id", models.UUIDField(help_text="The token acted on.", null=True)),
        ("version", models.IntegerField(null=True)),
        ("address", models.GenericIPAddressField(null=True)),
        ("request_id", models.UUIDField()),
        ("reason", models.TextField(blank=True)),
        ("entry", models.BinaryField()),
        ("mac_key_id", models.UUIDField()),
        ("mac", models.BinaryField()),
    ],
    options={"db_table": "audit_event", "managed": False, "ordering": ["-id"]},
)


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(TABLE + GUARD + PARTITIONS, UNDO, state_operations=[EVENT]),
        migrations.RunPython(grant_to_app, migrations.RunPython.noop),
    ]
