"""The outbox of work: one row a job, its states and what must hold in each."""

import django.db.models.functions.datetime
from django.db import migrations, models

import keyvault.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("org_id", models.UUIDField(null=True)),
                ("kind", models.CharField(max_length=100)),
                ("arguments", models.JSONField(default=dict)),
                (
                    "author_type",
                    models.CharField(
                        choices=[
                            ("person", "person"),
                            ("service", "service"),
                            ("system", "system"),
                            ("anonymous", "anonymous"),
                        ],
                        max_length=10,
                    ),
                ),
                ("author_id", models.UUIDField(null=True)),
                ("author_name", models.CharField(max_length=512)),
                ("author_membership_id", models.UUIDField(null=True)),
                ("author_token_id", models.UUIDField(null=True)),
                ("request_id", models.UUIDField()),
                ("address", models.GenericIPAddressField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("refused", "Refused"),
                            ("failed", "Failed"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("run_after", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("lease_until", models.DateTimeField(null=True)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("last_error", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "ordering": ["id"],
                "indexes": [
                    models.Index(
                        models.F("run_after"),
                        condition=models.Q(("state__in", ["queued", "running"])),
                        name="jobs_to_do",
                    ),
                    models.Index(
                        models.F("org_id"), models.OrderBy(models.F("id"), descending=True), name="jobs_of_organization"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["queued", "running", "done", "refused", "failed"])),
                        name="job_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("author_type__in", ["person", "service", "system"])),
                        name="job_has_an_author",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lease_until__isnull", False), ("state", "running")),
                            models.Q(models.Q(("state", "running"), _negated=True), ("lease_until__isnull", True)),
                            _connector="OR",
                        ),
                        name="job_has_a_lease_while_it_runs",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("finished_at__isnull", False), ("state__in", ("done", "refused", "failed"))),
                            models.Q(
                                models.Q(("state__in", ("done", "refused", "failed")), _negated=True),
                                ("finished_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="job_has_an_end_once_it_ended",
                    ),
                ],
            },
        ),
    ]
