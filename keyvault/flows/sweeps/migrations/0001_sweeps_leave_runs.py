"""Runs of sweeps, and what was said once."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import keyvault.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [("orgs", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="SweepRun",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=40)),
                ("dry", models.BooleanField(default=False)),
                ("by", models.CharField(max_length=254)),
                ("began_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("more", models.BooleanField(default=False)),
                ("result", models.JSONField(default=dict)),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        models.F("name"), models.OrderBy(models.F("began_at"), descending=True), name="runs_of_a_sweep"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=40)),
                ("subject", models.UUIDField()),
                ("about", models.CharField(blank=True, max_length=40)),
                ("at", models.DateTimeField()),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.organization"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("subject", "kind", "about"), name="a_thing_is_said_once")
                ],
            },
        ),
    ]
