"""A team and a member meet only inside one organization."""

from django.db import migrations

from keyvault.composite import CompositeKey

KEYS = (
    CompositeKey("orgs_teammember", "team_id", "orgs_team"),
    CompositeKey("orgs_teammember", "membership_id", "orgs_membership"),
)


class Migration(migrations.Migration):
    dependencies = [("orgs", "0001_initial")]
    operations = [key.operation() for key in KEYS]
