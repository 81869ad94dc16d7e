"""What an organization asks of its people's sessions: a second factor, an idle limit, networks, single sign-on."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


def networks(**options: object) -> ArrayField:
    return ArrayField(base_field=models.CharField(max_length=49), blank=True, size=None, **options)


class Migration(migrations.Migration):
    dependencies = [("orgs", "0005_single_sign_on")]
    operations = [
        migrations.AddField("organization", "mfa_required", models.BooleanField(default=False)),
        migrations.AddField("organization", "idle_minutes", models.PositiveSmallIntegerField(default=240)),
        migrations.AddField("organization", "sso_enforced", models.BooleanField(default=False)),
        migrations.AddField("organization", "allowed_networks", networks(default=list)),
        migrations.AddField("organization", "networks_before", networks(null=True)),
        migrations.AddField("organization", "networks_confirm_by", models.DateTimeField(blank=True, null=True)),
        migrations.AddConstraint(
            "organization",
            models.CheckConstraint(
                condition=models.Q(("idle_minutes__gte", 60), ("idle_minutes__lte", 240)),
                name="idle_policy_is_60_to_240_minutes",
            ),
        ),
        migrations.AddConstraint(
            "organization",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("networks_before", None), ("networks_confirm_by", None)),
                    models.Q(("networks_before__isnull", False), ("networks_confirm_by__isnull", False)),
                    _connector="OR",
                ),
                name="unconfirmed_networks_say_what_was_before",
            ),
        ),
    ]
