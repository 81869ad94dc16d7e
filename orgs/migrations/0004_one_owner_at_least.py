"""An organization cannot lose its last owner, whatever the code does: asked at commit, one transaction at a time."""

from django.db import migrations

# The lock makes the second of two transactions wait for the first and then see it. FOR NO KEY UPDATE leaves alone those
# who only point to the organization. A removed organization has nothing to keep.
TRIGGER = """
CREATE FUNCTION one_owner_at_least() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM orgs_organization WHERE id = OLD.org_id FOR NO KEY UPDATE;
    IF FOUND AND NOT EXISTS (
        SELECT FROM orgs_membership WHERE org_id = OLD.org_id AND role = 'owner' AND ended_at IS NULL
    ) THEN
        RAISE EXCEPTION 'an organization keeps one owner at least'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'one_owner_at_least', TABLE = 'orgs_membership';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER one_owner_at_least AFTER UPDATE OR DELETE ON orgs_membership
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.role = 'owner' AND OLD.ended_at IS NULL) EXECUTE FUNCTION one_owner_at_least();
ALTER TABLE orgs_membership ENABLE ALWAYS TRIGGER one_owner_at_least;
"""
UNDO = """
DROP TRIGGER one_owner_at_least ON orgs_membership;
DROP FUNCTION one_owner_at_least();
"""


class Migration(migrations.Migration):
    dependencies = [("orgs", "0003_an_owner_has_no_last_day")]
    operations = [migrations.RunSQL(TRIGGER, UNDO)]
