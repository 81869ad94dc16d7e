"""What one event will tell of a minute waits in rows until the minute is over."""

import django.db.models.deletion
from django.db import migrations, models

import keyvault.ids


class Migration(migrations.Migration):
    dependencies = [
        ("gateway", "0004_usage_is_summed_and_limits_are_shared"),
        ("orgs", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Minute",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("minute", models.DateTimeField()),
                ("token", models.UUIDField()),
                ("provider", models.CharField(max_length=63)),
                ("address", models.GenericIPAddressField(null=True)),
                ("requests", models.PositiveBigIntegerField()),
                ("errors", models.PositiveBigIntegerField()),
                ("tokens", models.PositiveBigIntegerField()),
                ("spend", models.PositiveBigIntegerField()),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.organization"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org", "minute", "token", "provider", "address"),
                        name="one_row_for_each_minute",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
    ]
