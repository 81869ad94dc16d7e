"""A version is stored under a data key that opens it, or not at all."""

from django.db import migrations

TRIGGER = """
CREATE TRIGGER a_version_lies_under_a_living_key BEFORE INSERT OR UPDATE OF datakey_id, envelope ON secrets_secretversion
    FOR EACH ROW WHEN (NEW.envelope IS NOT NULL) EXECUTE FUNCTION crypto_require_living_key();
ALTER TABLE secrets_secretversion ENABLE ALWAYS TRIGGER a_version_lies_under_a_living_key;
"""
UNDO = "DROP TRIGGER a_version_lies_under_a_living_key ON secrets_secretversion;"


class Migration(migrations.Migration):
    dependencies = [
        ("secrets", "0003_a_brokered_secret_is_bound_to_its_host"),
        ("keyring", "0002_no_value_lies_under_a_shredded_key"),
    ]
    operations = [migrations.RunSQL(TRIGGER, UNDO)]
