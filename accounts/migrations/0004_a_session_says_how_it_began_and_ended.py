"""One row for each sign-in of a browser."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import keyvault.ids


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_platform_roles_are_groups")]
    operations = [
        migrations.CreateModel(
            name="BrowserSession",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=40, unique=True)),
                ("method", models.CharField(blank=True, max_length=40)),
                ("sso_org", models.UUIDField(null=True)),
                ("address", models.GenericIPAddressField(null=True)),
                ("agent", models.CharField(blank=True, max_length=200)),
                ("began_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_because", models.CharField(blank=True, max_length=40)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="browser_sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(models.F("user"), models.F("began_at"), name="sessions_of_person")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("ended_because", "")),
                            models.Q(("ended_at__isnull", False), models.Q(("ended_because", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="an_ended_session_says_why",
                    )
                ],
            },
        )
    ]
