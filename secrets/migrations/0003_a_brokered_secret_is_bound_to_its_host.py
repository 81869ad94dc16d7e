"""A brokered secret says where the gateway sends it, and an environment has one for each provider.

Those that are there are bound to no host: they serve nobody until their value is entered again.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("secrets", "0002_rows_stay_in_their_org"),
    ]

    operations = [
        migrations.AddField(
            model_name="secret",
            name="upstream",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddConstraint(
            model_name="secret",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("deleted_at", None), ("kind", "brokered"), models.Q(("upstream", ""), _negated=True)
                ),
                fields=("environment", "provider"),
                name="one_bound_secret_per_provider_and_environment",
            ),
        ),
    ]
