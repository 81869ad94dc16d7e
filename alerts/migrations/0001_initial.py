"""Rules, channels, alerts and their deliveries."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import keyvault.ids
import keyvault.keyring.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("orgs", "0008_people_come_and_go"),
    ]

    operations = [
        migrations.CreateModel(
            name="Alert",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("foreign-use", "A token was used from elsewhere"),
                            ("dead-token", "A token that works no more was used"),
                            ("unknown-token", "Tokens that nobody issued were tried"),
                            ("exposed-token", "A token crossed a network in the clear"),
                            ("failed-sign-ins", "Repeated failed sign-ins"),
                            ("odd-hours", "Production was read outside working hours"),
                            ("bulk-reads", "Many values were read"),
                            ("new-place", "A token was used from a new place"),
                            ("rights-changed", "Who may get in has changed"),
                            ("own-production", "An owner granted themselves production"),
                            ("tampering", "Stored data was altered"),
                            ("log-broken", "The audit log is broken or late"),
                            ("alarm-changed", "Alerts were changed"),
                            ("failed-work", "Work in the background did not succeed"),
                            ("expiry-due", "A token expires soon"),
                            ("rotation-due", "A secret is due for rotation"),
                        ],
                        max_length=32,
                    ),
                ),
                ("subject", models.CharField(max_length=200)),
                (
                    "severity",
                    models.CharField(
                        choices=[("notice", "notice"), ("warning", "warning"), ("critical", "critical")], max_length=8
                    ),
                ),
                ("tier", models.CharField(blank=True, max_length=3)),
                ("title", models.CharField(max_length=300)),
                ("sentence", models.TextField(max_length=1000)),
                ("count", models.PositiveBigIntegerField(default=0)),
                ("told", models.PositiveBigIntegerField(default=0)),
                ("told_at", models.DateTimeField(blank=True, null=True)),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("project", models.UUIDField(blank=True, null=True)),
                ("environment", models.UUIDField(blank=True, null=True)),
                ("token", models.UUIDField(blank=True, null=True)),
                ("person", models.UUIDField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("acknowledged", "Acknowledged"), ("resolved", "Resolved")],
                        default="open",
                        max_length=12,
                    ),
                ),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                ("acknowledged_by", models.CharField(blank=True, max_length=254)),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
                ("resolved_by", models.CharField(blank=True, max_length=254)),
                ("note", models.CharField(blank=True, max_length=500)),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.organization"
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Calendar",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("time_zone", models.CharField(max_length=64)),
                (
                    "days",
                    django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), size=None),
                ),
                ("begins", models.TimeField()),
                ("ends", models.TimeField()),
                (
                    "days_off",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateField(), blank=True, default=list, size=None
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.organization"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Channel",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=[("email", "Email"), ("webhook", "Webhook")], max_length=8)),
                ("name", models.CharField(max_length=120)),
                ("is_default", models.BooleanField(default=False, editable=False)),
                ("enabled", models.BooleanField(default=True)),
                (
                    "mode",
                    models.CharField(
                        choices=[("at-once", "At once"), ("daily", "One message a day")],
                        default="at-once",
                        max_length=8,
                    ),
                ),
                (
                    "least",
                    models.CharField(
                        choices=[("notice", "Notice"), ("warning", "Warning"), ("critical", "Critical")],
                        default="warning",
                        max_length=8,
                    ),
                ),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32), blank=True, default=list, size=None
                    ),
                ),
                (
                    "tiers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=3), blank=True, default=list, size=None
                    ),
                ),
                (
                    "recipients",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.EmailField(max_length=254), blank=True, default=list, size=None
                    ),
                ),
                ("host", models.CharField(blank=True, max_length=255)),
                ("url", keyvault.keyring.fields.SealedTextField(null=True)),
                ("secret", keyvault.keyring.fields.SealedTextField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("created_by", models.CharField(max_length=254)),
                ("last_sent_at", models.DateTimeField(blank=True, null=True)),
                ("failing_since", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.CharField(blank=True, max_length=300)),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.organization"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("test", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("sent", "Sent"), ("dead", "Given up")],
                        default="waiting",
                        max_length=7,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("due_at", models.DateTimeField()),
                ("first_tried_at", models.DateTimeField(blank=True, null=True)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "channel",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="alerts.channel",
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
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="DeliveryItem",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("count", models.PositiveBigIntegerField(default=0)),
                (
                    "alert",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="alerts.alert",
                    ),
                ),
                (
                    "delivery",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="alerts.delivery",
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.organization"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Place",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("token", models.UUIDField()),
                ("kind", models.CharField(choices=[("network", "Network"), ("client", "Client")], max_length=7)),
                ("value", models.CharField(max_length=64)),
                ("event", models.UUIDField()),
                ("first_at", models.DateTimeField()),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.organization"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Rule",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=32)),
                ("enabled", models.BooleanField(default=True)),
                (
                    "severity",
                    models.CharField(
                        choices=[("notice", "notice"), ("warning", "warning"), ("critical", "critical")],
                        max_length=8,
                        null=True,
                    ),
                ),
                ("threshold", models.PositiveIntegerField(null=True)),
                ("window", models.PositiveIntegerField(null=True)),
                ("quiet", models.PositiveIntegerField(null=True)),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.organization"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Sighting",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=32)),
                ("subject", models.CharField(max_length=200)),
                ("event", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("weight", models.PositiveBigIntegerField(default=1)),
                (
                    "alert",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="sightings",
                        to="alerts.alert",
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.organization"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Watch",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("seen_below", models.BigIntegerField()),
                ("pass_below", models.BigIntegerField(null=True)),
                ("position", models.UUIDField(null=True)),
                ("floor", models.UUIDField()),
                ("began_at", models.DateTimeField()),
                ("wide_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="there_is_one_watch")],
            },
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(fields=["org", "kind", "subject"], name="alerts_alike"),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(fields=["org", "state"], name="alerts_by_state"),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.UniqueConstraint(fields=("org", "id"), name="alert_of_one_org"),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "acknowledged", "resolved"])), name="alert_state_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("resolved_at__isnull", False), ("state", "resolved")),
                    models.Q(models.Q(("state", "resolved"), _negated=True), ("resolved_at", None)),
                    _connector="OR",
                ),
                name="a_resolved_alert_says_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(("told__lte", models.F("count"))), name="no_more_is_told_than_was_found"
            ),
        ),
        migrations.AddConstraint(
            model_name="calendar",
            constraint=models.UniqueConstraint(fields=("org",), name="one_calendar_an_organization"),
        ),
        migrations.AddConstraint(
            model_name="calendar",
            constraint=models.CheckConstraint(
                condition=models.Q(("begins__lt", models.F("ends"))), name="a_working_day_ends_after_it_begins"
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.UniqueConstraint(fields=("org", "id"), name="channel_of_one_org"),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.UniqueConstraint(fields=("org", "name"), name="channel_name_is_unique_in_its_org"),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_default", True)), fields=("org",), name="one_default_channel_an_organization"
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "email"), ("secret__isnull", True), ("url__isnull", True)),
                    models.Q(
                        ("kind", "webhook"), ("recipients", []), ("secret__isnull", False), ("url__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="a_webhook_has_an_address_and_a_secret",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(condition=models.Q(("state", "waiting")), fields=["due_at"], name="deliveries_to_make"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["org", "channel"], name="deliveries_by_channel"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(fields=("org", "id"), name="delivery_of_one_org"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "sent", "dead"])), name="delivery_state_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("channel__isnull", False), ("membership", None)),
                    models.Q(("channel", None), ("membership__isnull", False)),
                    _connector="OR",
                ),
                name="a_delivery_goes_to_a_channel_or_a_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sent_at__isnull", False), ("state", "sent")),
                    models.Q(models.Q(("state", "sent"), _negated=True), ("sent_at", None)),
                    _connector="OR",
                ),
                name="a_sent_delivery_says_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="deliveryitem",
            constraint=models.UniqueConstraint(fields=("delivery", "alert"), name="an_alert_is_once_in_a_message"),
        ),
        migrations.AddIndex(
            model_name="place",
            index=models.Index(fields=["kind", "value"], name="places_by_value"),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=models.UniqueConstraint(fields=("org", "token", "kind", "value"), name="a_place_is_new_once"),
        ),
        migrations.AddConstraint(
            model_name="rule",
            constraint=models.UniqueConstraint(fields=("org", "kind"), name="a_rule_is_changed_once_in_an_org"),
        ),
        migrations.AddConstraint(
            model_name="rule",
            constraint=models.CheckConstraint(
                condition=models.Q(("threshold", None), ("threshold__gte", 1), _connector="OR"),
                name="threshold_is_one_at_least",
            ),
        ),
        migrations.AddConstraint(
            model_name="rule",
            constraint=models.CheckConstraint(
                condition=models.Q(("window", None), ("window__gte", 1), _connector="OR"),
                name="window_is_a_minute_at_least",
            ),
        ),
        migrations.AddIndex(
            model_name="sighting",
            index=models.Index(fields=["org", "kind", "subject", "at"], name="sightings_alike"),
        ),
        migrations.AddConstraint(
            model_name="sighting",
            constraint=models.UniqueConstraint(fields=("org", "kind", "event"), name="an_event_counts_once_for_a_rule"),
        ),
    ]
