"""A token's value is sealed under a data key that opens it, or not at all."""

from django.db import migrations

TRIGGER = """
CREATE TRIGGER a_sealed_token_lies_under_a_living_key BEFORE INSERT OR UPDATE OF datakey_id, envelope
    ON tokens_sealedtoken FOR EACH ROW EXECUTE FUNCTION crypto_require_living_key();
ALTER TABLE tokens_sealedtoken ENABLE ALWAYS TRIGGER a_sealed_token_lies_under_a_living_key;
"""
UNDO = "DROP TRIGGER a_sealed_token_lies_under_a_living_key ON tokens_sealedtoken;"


class Migration(migrations.Migration):
    dependencies = [
        ("tokens", "0006_tokens_say_what_they_may_at_the_gateway"),
        ("keyring", "0002_no_value_lies_under_a_shredded_key"),
    ]
    operations = [migrations.RunSQL(TRIGGER, UNDO)]
