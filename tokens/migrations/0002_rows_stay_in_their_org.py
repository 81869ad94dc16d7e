"""Tokens point only inside their organization."""

from django.db import migrations

from keyvault.composite import CompositeKey

KEYS = (
    CompositeKey("tokens_accesstoken", "membership_id", "orgs_membership"),
    CompositeKey("tokens_accesstoken", "service_id", "tokens_serviceidentity"),
    CompositeKey("tokens_accesstoken", "project_id", "secrets_project"),
    CompositeKey("tokens_accesstoken", "environment_id", "secrets_environment", via=("org_id", "project_id")),
    CompositeKey("tokens_accesstoken", "parent_id", "tokens_accesstoken"),
    CompositeKey("tokens_accesstoken", "replaced_by_id", "tokens_accesstoken"),
    CompositeKey("tokens_sealedtoken", "token_id", "tokens_accesstoken"),
    CompositeKey("tokens_sealedtoken", "offered_to_id", "orgs_membership"),
    CompositeKey("tokens_tokenuse", "token_id", "tokens_accesstoken"),
)


class Migration(migrations.Migration):
    dependencies = [("tokens", "0001_initial"), ("secrets", "0002_rows_stay_in_their_org")]
    operations = [key.operation() for key in KEYS]
