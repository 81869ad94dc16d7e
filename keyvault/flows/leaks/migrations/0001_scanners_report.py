"""Scanners that report what they find."""

import django.db.models.deletion
from django.db import migrations, models

import keyvault.ids
import keyvault.keyring.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [("orgs", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Scanner",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120)),
                ("key", models.CharField(editable=False, max_length=32, unique=True)),
                ("secret", keyvault.keyring.fields.SealedTextField(editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("last_at", models.DateTimeField(null=True)),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.organization"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("org", "name"), name="scanner_name_is_unique_in_its_org")
                ],
            },
        ),
    ]
