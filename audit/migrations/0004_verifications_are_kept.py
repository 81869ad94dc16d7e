"""What ``audit verify`` found is kept, for the operators' page."""

from django.db import migrations, models

import keyvault.ids


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_months_can_be_pruned"),
    ]

    operations = [
        migrations.CreateModel(
            name="Verification",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("exit_code", models.PositiveSmallIntegerField()),
                ("leaves", models.PositiveBigIntegerField()),
                ("checkpoints", models.PositiveBigIntegerField()),
                ("logs", models.PositiveIntegerField()),
                ("has_witness", models.BooleanField()),
                ("counts", models.JSONField()),
            ],
        ),
    ]
