"""The gateway's rows point only inside their organization, and an upstream keeps its name and its host."""

from django.db import migrations

from keyvault.composite import CompositeKey

KEYS = (
    CompositeKey("gateway_hostlabel", "membership_id", "orgs_membership"),
    CompositeKey("gateway_hostlabel", "service_id", "tokens_serviceidentity"),
    CompositeKey("gateway_hostlabel", "environment_id", "secrets_environment"),
    CompositeKey("gateway_limit", "token_id", "tokens_accesstoken"),
    CompositeKey("gateway_limit", "project_id", "secrets_project"),
)

FIXED = """
CREATE FUNCTION upstream_keeps_its_host() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.id <> OLD.id OR NEW.org_id <> OLD.org_id OR NEW.slug <> OLD.slug OR NEW.base <> OLD.base THEN
        RAISE EXCEPTION 'an upstream keeps its name and its host' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER an_upstream_keeps_its_host BEFORE UPDATE ON gateway_upstream
    FOR EACH ROW EXECUTE FUNCTION upstream_keeps_its_host();
ALTER TABLE gateway_upstream ENABLE ALWAYS TRIGGER an_upstream_keeps_its_host;
"""
UNDO = """
DROP TRIGGER an_upstream_keeps_its_host ON gateway_upstream;
DROP FUNCTION upstream_keeps_its_host();
"""


class Migration(migrations.Migration):
    dependencies = [("gateway", "0001_initial")]
    operations = [*(key.operation() for key in KEYS), migrations.RunSQL(FIXED, UNDO)]
