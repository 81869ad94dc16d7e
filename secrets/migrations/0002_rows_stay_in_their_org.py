"""Environments, secrets, versions and grants point only inside their organization."""

from django.db import migrations

from keyvault.composite import CompositeKey

KEYS = (
    CompositeKey("secrets_environment", "project_id", "secrets_project"),
    CompositeKey("secrets_secret", "environment_id", "secrets_environment"),
    CompositeKey("secrets_secret", "owner_id", "orgs_membership"),
    CompositeKey("secrets_secretversion", "secret_id", "secrets_secret"),
    CompositeKey("secrets_secretexposure", "version_id", "secrets_secretversion"),
    CompositeKey("secrets_grant", "project_id", "secrets_project"),
    CompositeKey("secrets_grant", "environment_id", "secrets_environment", via=("org_id", "project_id")),
    CompositeKey("secrets_grant", "membership_id", "orgs_membership"),
    CompositeKey("secrets_grant", "team_id", "orgs_team"),
)


class Migration(migrations.Migration):
    dependencies = [("secrets", "0001_initial"), ("orgs", "0002_rows_stay_in_their_org")]
    operations = [key.operation() for key in KEYS]
