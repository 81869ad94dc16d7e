"""An owner's engagement has no last day: else the last owner could be lost by the calendar."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orgs", "0002_rows_stay_in_their_org")]
    operations = [
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(("role", "owner"), _negated=True) | models.Q(("ends_on", None)),
                name="an_owner_has_no_last_day",
            ),
        )
    ]
