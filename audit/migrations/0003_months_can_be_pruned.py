"""Months that were taken out of the log, each with the digest of the archive that holds them now."""

from django.conf import settings
from django.db import migrations

# NOTE: leaves, tiles and checkpoints of a pruned month stay. The row repeats a sealed event, which it is held to.
TABLE = """
CREATE TABLE public.audit_prune (
    month text PRIMARY KEY,
    events bigint NOT NULL,
    archive bytea NOT NULL,
    event_id uuid NOT NULL,
    pruned_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT month_is_a_month CHECK (month ~ '^[0-9]{4}_(0[1-9]|1[0-2])$'),
    CONSTRAINT archive_is_32_bytes CHECK (octet_length(archive) = 32)
);
CREATE TRIGGER rows_are_fixed BEFORE UPDATE OR DELETE ON public.audit_prune
    FOR EACH ROW EXECUTE FUNCTION public.audit_refuse();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON public.audit_prune
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse();
ALTER TABLE public.audit_prune ENABLE ALWAYS TRIGGER rows_are_fixed;
ALTER TABLE public.audit_prune ENABLE ALWAYS TRIGGER never_truncated;
"""

RIGHTS = """
REVOKE ALL ON public.audit_prune FROM PUBLIC, {app};
GRANT SELECT ON public.audit_prune TO {app}, {sealer};
"""

SEALER_ROLE = "keyvault_sealer"


def grant(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [SEALER_ROLE])
        (has_its_own,) = cursor.fetchone()
    app = schema_editor.quote_name(settings.APP_DATABASE_ROLE)
    sealer = schema_editor.quote_name(SEALER_ROLE) if has_its_own else app
    schema_editor.execute(RIGHTS.format(app=app, sealer=sealer), params=None)


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_the_log_is_sealed")]

    operations = [
        migrations.RunSQL(TABLE, "DROP TABLE public.audit_prune;"),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
