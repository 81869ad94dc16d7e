"""Invitations; planned ends and their reports; who takes over; which notice of a last day was sent."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import keyvault.actor
import keyvault.ids
from keyvault.composite import CompositeKey

KEYS = (
    CompositeKey("orgs_invitation", "inviter_id", "orgs_membership"),
    CompositeKey("orgs_invitation", "membership_id", "orgs_membership"),
    CompositeKey("orgs_offboarding", "membership_id", "orgs_membership"),
    CompositeKey("orgs_offboarding", "successor_id", "orgs_membership"),
)


class Migration(migrations.Migration):
    dependencies = [
        ("orgs", "0007_a_directory_provisions_people"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("email", models.EmailField(max_length=254)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("admin", "Admin"),
                            ("developer", "Developer"),
                            ("viewer", "Viewer"),
                        ],
                        max_length=16,
                    ),
                ),
                ("unit", models.CharField(blank=True, max_length=120)),
                ("ends_on", models.DateField(blank=True, null=True)),
                ("digest", models.BinaryField(max_length=32)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("sent_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("accepted", "Accepted"),
                            ("declined", "Declined"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="open",
                        max_length=9,
                    ),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Offboarding",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("asked_by", models.CharField(max_length=254)),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                ("due_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("scheduled", "Scheduled"), ("done", "Done"), ("withdrawn", "Withdrawn")], max_length=9
                    ),
                ),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("report", models.BinaryField(null=True)),
                ("mac_key_id", models.UUIDField(null=True)),
                ("mac", models.BinaryField(max_length=32, null=True)),
            ],
        ),
        migrations.AddField(
            model_name="membership",
            name="noticed_days",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="membership",
            name="succeeds",
            field=models.BooleanField(default=False),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None), ("succeeds", True)),
                fields=("org",),
                name="one_default_successor_per_org",
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="inviter",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.membership"
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="membership",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="orgs.membership",
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="org",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.organization"
            ),
        ),
        migrations.AddField(
            model_name="offboarding",
            name="membership",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="offboardings",
                to="orgs.membership",
            ),
        ),
        migrations.AddField(
            model_name="offboarding",
            name="org",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.organization"
            ),
        ),
        migrations.AddField(
            model_name="offboarding",
            name="successor",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="orgs.membership",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(fields=("digest",), name="invitation_digest_is_unique"),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("org", "email"), name="one_open_invitation_per_address"
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "accepted", "declined", "withdrawn"])),
                name="invitation_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "role__in",
                        [
                            keyvault.actor.Role["OWNER"],
                            keyvault.actor.Role["ADMIN"],
                            keyvault.actor.Role["DEVELOPER"],
                            keyvault.actor.Role["VIEWER"],
                        ],
                    )
                ),
                name="invitation_has_a_known_role",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("role", keyvault.actor.Role["OWNER"]), _negated=True), ("ends_on", None), _connector="OR"
                ),
                name="an_invited_owner_has_no_last_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at", None), ("state", "open")),
                    models.Q(models.Q(("state", "open"), _negated=True), ("closed_at__isnull", False)),
                    _connector="OR",
                ),
                name="a_closed_invitation_says_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="offboarding",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "scheduled")),
                fields=("membership",),
                name="one_end_is_scheduled_per_membership",
            ),
        ),
        migrations.AddConstraint(
            model_name="offboarding",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["scheduled", "done", "withdrawn"])), name="offboarding_state_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="offboarding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("done_at__isnull", False),
                        ("mac__isnull", False),
                        ("mac_key_id__isnull", False),
                        ("report__isnull", False),
                        ("state", "done"),
                    ),
                    models.Q(
                        models.Q(("state", "done"), _negated=True),
                        ("done_at", None),
                        ("mac", None),
                        ("mac_key_id", None),
                        ("report", None),
                    ),
                    _connector="OR",
                ),
                name="an_offboarding_that_is_done_has_a_signed_report",
            ),
        ),
        *(key.operation() for key in KEYS),
    ]
