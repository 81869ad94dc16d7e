"""The database refuses the way back: a revoked or expired token stays so, and no token changes its identity."""

from django.db import migrations

FINAL = """
CREATE FUNCTION token_is_final() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.id <> OLD.id OR NEW.org_id <> OLD.org_id OR NEW.kind <> OLD.kind OR NEW.digest <> OLD.digest
       OR NEW.pepper_id <> OLD.pepper_id THEN
        RAISE EXCEPTION 'a token keeps its identity' USING ERRCODE = '23514';
    END IF;
    IF OLD.state = 'revoked' AND (NEW.state <> 'revoked' OR NEW.revoked_at <> OLD.revoked_at) THEN
        RAISE EXCEPTION 'a revoked token is final' USING ERRCODE = '23514';
    END IF;
    IF OLD.expires_at <= clock_timestamp()
       AND (NEW.expires_at > OLD.expires_at OR (NEW.state = 'active' AND OLD.state <> 'active')) THEN
        RAISE EXCEPTION 'an expired token is final' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER revoked_and_expired_are_final BEFORE UPDATE ON tokens_accesstoken
    FOR EACH ROW EXECUTE FUNCTION token_is_final();
ALTER TABLE tokens_accesstoken ENABLE ALWAYS TRIGGER revoked_and_expired_are_final;
"""
UNDO = """
DROP TRIGGER revoked_and_expired_are_final ON tokens_accesstoken;
DROP FUNCTION token_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [("tokens", "0002_rows_stay_in_their_org")]
    operations = [migrations.RunSQL(FINAL, UNDO)]
