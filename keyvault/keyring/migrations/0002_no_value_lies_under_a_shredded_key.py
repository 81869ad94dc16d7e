"""What a room calls before it stores an envelope: a key that opens nothing takes no value, however late the writer."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION crypto_require_living_key() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.crypto_datakey WHERE id = NEW.datakey_id AND state <> 'shredded') THEN
        RAISE EXCEPTION 'no value lies under a shredded key' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("keyring", "0001_keys_and_their_wraps")]
    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION crypto_require_living_key();")]
