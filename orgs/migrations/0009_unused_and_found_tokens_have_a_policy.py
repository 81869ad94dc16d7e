"""What an organization wants done with tokens that nobody uses, and with those that somebody found."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orgs", "0008_people_come_and_go")]

    operations = [
        migrations.AddField("organization", "stale_token_days", models.PositiveSmallIntegerField(default=90)),
        migrations.AddField(
            "organization",
            "found_tokens",
            models.CharField(
                choices=[("notice", "Tell owners and admins"), ("pause", "Pause it"), ("revoke", "Revoke it")],
                default="revoke",
                max_length=6,
            ),
        ),
        migrations.AddField(
            "organization",
            "found_team_tokens",
            models.CharField(
                choices=[("notice", "Tell owners and admins"), ("pause", "Pause it"), ("revoke", "Revoke it")],
                default="notice",
                max_length=6,
            ),
        ),
        migrations.AddConstraint(
            "organization",
            models.CheckConstraint(
                condition=models.Q(
                    ("stale_token_days", 0),
                    models.Q(("stale_token_days__gte", 7), ("stale_token_days__lte", 3650)),
                    _connector="OR",
                ),
                name="stale_policy_is_never_or_7_to_3650_days",
            ),
        ),
        migrations.AddConstraint(
            "organization",
            models.CheckConstraint(
                condition=models.Q(
                    ("found_team_tokens__in", ["notice", "pause"]), ("found_tokens__in", ["pause", "revoke"])
                ),
                name="a_found_token_has_a_policy",
            ),
        ),
    ]
