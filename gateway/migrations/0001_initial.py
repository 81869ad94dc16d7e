"""Organizations' own upstreams, the labels of the gateway's hosts, limits."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import keyvault.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("orgs", "0008_people_come_and_go"),
        ("secrets", "0003_a_brokered_secret_is_bound_to_its_host"),
        ("tokens", "0006_tokens_say_what_they_may_at_the_gateway"),
    ]

    operations = [
        migrations.CreateModel(
            name="HostLabel",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("label", models.CharField(max_length=63, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "environment",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="secrets.environment",
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="orgs.membership",
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.organization"
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tokens.serviceidentity",
                    ),
                ),
            ],
            options={
                "ordering": ["label"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("environment", None), ("membership__isnull", False), ("service", None)),
                            models.Q(("environment", None), ("membership", None), ("service__isnull", False)),
                            models.Q(("environment__isnull", False), ("membership", None), ("service", None)),
                            _connector="OR",
                        ),
                        name="a_label_is_one_thing_s",
                    ),
                    models.UniqueConstraint(fields=("membership",), name="one_label_per_member"),
                    models.UniqueConstraint(fields=("service",), name="one_label_per_service"),
                    models.UniqueConstraint(fields=("environment",), name="one_label_per_environment"),
                    models.CheckConstraint(
                        condition=models.Q(("label__regex", "^[a-z0-9]+(-[a-z0-9]+)*$")), name="a_label_is_a_host_s"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Limit",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("requests_per_minute", models.PositiveIntegerField(blank=True, null=True)),
                ("tokens_per_minute", models.PositiveIntegerField(blank=True, null=True)),
                ("concurrent", models.PositiveIntegerField(blank=True, null=True)),
                ("monthly_cents", models.PositiveBigIntegerField(blank=True, null=True)),
                ("soft_cents", models.PositiveBigIntegerField(blank=True, null=True)),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.organization"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="secrets.project",
                    ),
                ),
                (
                    "token",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="limits",
                        to="tokens.accesstoken",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("token", None), ("project", None), _connector="OR"),
                        name="a_limit_is_for_a_token_or_a_project",
                    ),
                    models.UniqueConstraint(
                        fields=("org", "token", "project"), name="one_limit_for_each_thing", nulls_distinct=False
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Upstream",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("slug", models.SlugField(max_length=63)),
                ("title", models.CharField(max_length=120)),
                ("base", models.CharField(max_length=300)),
                (
                    "slots",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), size=None),
                ),
                ("also", models.JSONField(blank=True, default=dict)),
                (
                    "paths",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=255), size=None),
                ),
                (
                    "denied",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=255), blank=True, default=list, size=None
                    ),
                ),
                ("websocket", models.BooleanField(default=False)),
                ("errors", models.CharField(default="openai", max_length=12)),
                ("usage", models.CharField(blank=True, max_length=12)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("created_by", models.CharField(max_length=254)),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.organization"
                    ),
                ),
            ],
            options={
                "ordering": ["slug"],
                "constraints": [
                    models.UniqueConstraint(fields=("org", "id"), name="upstream_of_one_org"),
                    models.UniqueConstraint(fields=("org", "slug"), name="upstream_slug_is_unique_in_its_org"),
                    models.CheckConstraint(
                        condition=models.Q(("slots__len__gte", 1)), name="an_upstream_takes_its_key_somewhere"
                    ),
                ],
            },
        ),
    ]
