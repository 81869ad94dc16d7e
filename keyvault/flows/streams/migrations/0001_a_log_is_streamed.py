"""Streams of a log, each with its cursor."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import keyvault.ids
import keyvault.keyring.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("orgs", "0009_unused_and_found_tokens_have_a_policy"),
    ]

    operations = [
        migrations.CreateModel(
            name="Stream",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=[("webhook", "Webhook"), ("syslog", "Syslog")], max_length=7)),
                ("name", models.CharField(max_length=120)),
                ("host", models.CharField(max_length=255)),
                ("place", keyvault.keyring.fields.SealedTextField()),
                ("secret", keyvault.keyring.fields.SealedTextField(null=True)),
                ("epoch", models.IntegerField(default=0)),
                ("next_index", models.BigIntegerField(default=0)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("created_by", models.CharField(max_length=254)),
                ("busy_until", models.DateTimeField(null=True)),
                ("retry_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("failures", models.PositiveIntegerField(default=0)),
                ("last_error", models.CharField(blank=True, max_length=300)),
                ("sent_at", models.DateTimeField(null=True)),
                (
                    "org",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.organization"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org", "name"), name="stream_name_is_unique_in_its_org", nulls_distinct=False
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["webhook", "syslog"])), name="stream_kind_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind", "syslog"), ("secret__isnull", False), _connector="OR"),
                        name="a_webhook_is_signed",
                    ),
                ],
            },
        ),
    ]
