"""A pause says who made it, and whether it was one act on a whole environment: so only they, or that act, undo it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tokens", "0003_revoked_and_expired_are_final")]
    operations = [
        migrations.AddField("accesstoken", "paused_by_id", models.UUIDField(blank=True, null=True)),
        migrations.AddField("accesstoken", "paused_with_environment", models.BooleanField(default=False)),
    ]
