"""What was used is kept by request and by hour; limits are shared among workers in slices."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import keyvault.ids
from keyvault.composite import CompositeKey

COLUMNS = "token_id, project_id, requests_per_minute, tokens_per_minute, concurrent, monthly_cents, soft_cents, allowed_models"
EVENTS = {"insert": "INSERT", "update": f"UPDATE OF {COLUMNS}", "delete": "DELETE"}

# What bounds a token is loaded with it: a change of a limit has all tokens of its organization read anew.
TRIGGERS = "".join(
    f"""
CREATE TRIGGER gateway_hears_{name}_of_limit AFTER {event} ON gateway_limit
    FOR EACH ROW EXECUTE FUNCTION gateway_tell('org', 'org_id');
ALTER TABLE gateway_limit ENABLE ALWAYS TRIGGER gateway_hears_{name}_of_limit;
"""
    for name, event in EVENTS.items()
)
UNDO = "".join(f"DROP TRIGGER gateway_hears_{name}_of_limit ON gateway_limit;" for name in EVENTS)


KEYS = (CompositeKey("gateway_slice", "pool_id", "gateway_pool"),)


class Migration(migrations.Migration):
    dependencies = [
        ("gateway", "0003_changes_are_told"),
        ("orgs", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Hour",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("hour", models.DateTimeField()),
                ("token", models.UUIDField()),
                ("person", models.UUIDField(null=True)),
                ("service", models.UUIDField(null=True)),
                ("project", models.UUIDField(null=True)),
                ("environment", models.UUIDField(null=True)),
                ("provider", models.CharField(max_length=63)),
                ("model", models.CharField(blank=True, max_length=120)),
                ("requests", models.PositiveBigIntegerField()),
                ("errors", models.PositiveBigIntegerField()),
                ("estimated", models.PositiveBigIntegerField()),
                ("bytes_in", models.PositiveBigIntegerField()),
                ("bytes_out", models.PositiveBigIntegerField()),
                ("tokens_in", models.PositiveBigIntegerField()),
                ("tokens_cached", models.PositiveBigIntegerField()),
                ("tokens_out", models.PositiveBigIntegerField()),
                ("spend", models.PositiveBigIntegerField()),
                ("milliseconds", models.PositiveBigIntegerField()),
                ("slowest", models.PositiveBigIntegerField()),
                (
                    "latencies",
                    django.contrib.postgres.fields.ArrayField(base_field=models.PositiveBigIntegerField(), size=None),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Pool",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("subject", models.UUIDField()),
                ("kind", models.CharField(max_length=10)),
                ("period", models.DateTimeField()),
                ("used", models.BigIntegerField(default=0)),
                ("leased", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Slice",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("worker", models.UUIDField()),
                ("amount", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Usage",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("token", models.UUIDField()),
                ("line", models.UUIDField()),
                ("project", models.UUIDField(null=True)),
                ("environment", models.UUIDField(null=True)),
                ("provider", models.CharField(max_length=63)),
                ("model", models.CharField(blank=True, max_length=120)),
                ("address", models.GenericIPAddressField(null=True)),
                ("ending", models.CharField(max_length=16)),
                ("status", models.PositiveSmallIntegerField()),
                ("bytes_in", models.PositiveBigIntegerField()),
                ("bytes_out", models.PositiveBigIntegerField()),
                ("tokens_in", models.PositiveBigIntegerField()),
                ("tokens_cached", models.PositiveBigIntegerField()),
                ("tokens_out", models.PositiveBigIntegerField()),
                ("spend", models.PositiveBigIntegerField()),
                ("estimated", models.BooleanField()),
                ("milliseconds", models.PositiveBigIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name="limit",
            name="allowed_models",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=120), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="hour",
            name="org",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.organization"
            ),
        ),
        migrations.AddField(
            model_name="pool",
            name="org",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.organization"
            ),
        ),
        migrations.AddField(
            model_name="slice",
            name="org",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.organization"
            ),
        ),
        migrations.AddField(
            model_name="slice",
            name="pool",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="slices",
                to="gateway.pool",
            ),
        ),
        migrations.AddField(
            model_name="usage",
            name="org",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.organization"
            ),
        ),
        migrations.AddIndex(
            model_name="hour",
            index=models.Index(fields=["org", "hour"], name="hours_of_an_org"),
        ),
        migrations.AddConstraint(
            model_name="hour",
            constraint=models.UniqueConstraint(
                fields=("org", "hour", "token", "provider", "model"), name="one_row_for_each_hour"
            ),
        ),
        migrations.AddConstraint(
            model_name="pool",
            constraint=models.UniqueConstraint(fields=("org", "id"), name="pool_of_one_org"),
        ),
        migrations.AddConstraint(
            model_name="pool",
            constraint=models.UniqueConstraint(fields=("subject", "kind", "period"), name="one_pool_for_each_period"),
        ),
        migrations.AddConstraint(
            model_name="pool",
            constraint=models.CheckConstraint(
                condition=models.Q(("leased__gte", 0)), name="what_is_leased_is_not_below_nothing"
            ),
        ),
        migrations.AddConstraint(
            model_name="slice",
            constraint=models.UniqueConstraint(fields=("pool", "worker"), name="one_slice_for_each_worker"),
        ),
        migrations.AddConstraint(
            model_name="slice",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gte", 0)), name="a_slice_is_not_below_nothing"
            ),
        ),
        migrations.AddIndex(
            model_name="usage",
            index=models.Index(fields=["org", "token", "id"], name="usage_of_a_token"),
        ),
        migrations.AddIndex(
            model_name="usage",
            index=models.Index(fields=["at"], name="usage_by_age"),
        ),
        *(key.operation() for key in KEYS),
        migrations.RunSQL(TRIGGERS, UNDO),
    ]
