"""One row that a copy of the database brings along, and a function that says where the database lives in truth."""

from django.conf import settings
from django.db import migrations

# The place: system identifier / timeline / number of the database / number of the table. Each kind of restore changes
# one of them: another server the first, a recovery to a point in time or a standby that took over the second, a dump
# that is loaded beside or in place the last two.
TABLE = """
CREATE TABLE public.installation (
    one smallint PRIMARY KEY DEFAULT 1 CONSTRAINT installation_is_one CHECK (one = 1),
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    epoch integer NOT NULL DEFAULT 0,
    place text NOT NULL,
    accepted_at timestamptz NOT NULL DEFAULT now(),
    doubt text NOT NULL DEFAULT ''
);
CREATE FUNCTION public.installation_place() RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT concat_ws('/', system_identifier, left(pg_walfile_name(pg_current_wal_flush_lsn()), 8),
        (SELECT oid FROM pg_database WHERE datname = current_database()), 'public.installation'::regclass::oid)
    FROM pg_control_system()
$$;

INSERT INTO public.installation (place) VALUES (public.installation_place());
"""

# Whoever remembers more than the database does may doubt it, which closes doors. To open them again is the owner's.
DOUBT = """
CREATE FUNCTION public.installation_doubt(sentence text) RETURNS void LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    AS $$ UPDATE public.installation SET doubt = sentence WHERE doubt = '' AND sentence <> '' $$;
"""

UNDO = """
DROP FUNCTION public.installation_doubt(text);
DROP FUNCTION public.installation_place();
DROP TABLE public.installation;
"""

RIGHTS = """
REVOKE ALL ON public.installation FROM PUBLIC, {app};
GRANT SELECT ON public.installation TO PUBLIC;
GRANT EXECUTE ON FUNCTION public.installation_place(), public.installation_doubt(text) TO PUBLIC;
"""


def grant(apps, schema_editor):
    schema_editor.execute(RIGHTS.format(app=schema_editor.quote_name(settings.APP_DATABASE_ROLE)), params=None)


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(TABLE + DOUBT, UNDO),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
