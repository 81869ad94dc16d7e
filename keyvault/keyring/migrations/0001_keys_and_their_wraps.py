"""Root keys, data keys and the wraps between them."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.lookups
from django.db import migrations, models

import keyvault.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="DataKey",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, primary_key=True, serialize=False)),
                ("org_id", models.UUIDField(null=True)),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("value", "value"),
                            ("broker", "broker"),
                            ("fingerprint", "fingerprint"),
                            ("audit-mac", "audit-mac"),
                            ("pepper", "pepper"),
                            ("config", "config"),
                            ("journal", "journal"),
                        ],
                        max_length=16,
                    ),
                ),
                ("serial", models.PositiveIntegerField(default=1)),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "Active"), ("decrypt_only", "Decrypt Only"), ("shredded", "Shredded")],
                        default="active",
                        max_length=12,
                    ),
                ),
                ("enc_count", models.BigIntegerField(default=0)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("shredded_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "crypto_datakey",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org_id", "purpose", "serial"), name="data_key_serial_is_unique", nulls_distinct=False
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "active")),
                        fields=("org_id", "purpose"),
                        name="one_active_data_key_for_a_purpose",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("serial__gte", 1)), name="data_key_serial_counts_from_one"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "purpose__in",
                                ["value", "broker", "fingerprint", "audit-mac", "pepper", "config", "journal"],
                            )
                        ),
                        name="data_key_purpose_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["active", "decrypt_only", "shredded"])),
                        name="data_key_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("org_id__isnull", True), ("purpose__in", ["audit-mac", "pepper", "config", "journal"])
                            ),
                            models.Q(
                                models.Q(("purpose__in", ["audit-mac", "pepper", "config", "journal"]), _negated=True),
                                ("org_id__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="data_key_has_an_organization_or_is_the_instances",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("shredded_at__isnull", False), ("state", "shredded")),
                            models.Q(models.Q(("state", "shredded"), _negated=True), ("shredded_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="data_key_has_an_end_once_shredded",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RootKey",
            fields=[
                ("id", models.BinaryField(max_length=8, primary_key=True, serialize=False)),
                (
                    "ring",
                    models.CharField(
                        choices=[("main", "main"), ("gateway", "gateway"), ("recovery", "recovery")], max_length=10
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("raw", "Raw"), ("pbkdf2", "Pbkdf2"), ("recovery", "Recovery")], max_length=10
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("primary", "Primary"), ("decrypt_only", "Decrypt Only"), ("retired", "Retired")],
                        max_length=12,
                    ),
                ),
                ("public_key", models.BinaryField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("retired_at", models.DateTimeField(null=True)),
                ("confirmed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "crypto_rootkey",
                "ordering": ["ring", "created_at"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("ring"), condition=models.Q(("state", "primary")), name="one_primary_root_in_a_ring"
                    ),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.Exact(
                            models.Func(models.F("id"), function="octet_length", output_field=models.IntegerField()), 8
                        ),
                        name="root_id_is_8_bytes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ring__in", ["main", "gateway", "recovery"])), name="root_ring_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["raw", "pbkdf2", "recovery"])), name="root_kind_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["primary", "decrypt_only", "retired"])),
                        name="root_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("retired_at__isnull", False), ("state", "retired")),
                            models.Q(models.Q(("state", "retired"), _negated=True), ("retired_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="root_has_an_end_once_retired",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "recovery"), ("public_key__isnull", False), ("ring", "recovery")),
                            models.Q(
                                models.Q(("ring", "recovery"), _negated=True),
                                models.Q(("kind", "recovery"), _negated=True),
                                ("confirmed_at__isnull", True),
                                ("public_key__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="only_recovery_has_a_public_key",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DataKeyWrap",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "datakey_id", "root_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("wrapped", models.BinaryField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "datakey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT, related_name="wraps", to="keyring.datakey"
                    ),
                ),
                (
                    "root",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT, related_name="wraps", to="keyring.rootkey"
                    ),
                ),
            ],
            options={
                "db_table": "crypto_datakey_wrap",
            },
        ),
    ]
