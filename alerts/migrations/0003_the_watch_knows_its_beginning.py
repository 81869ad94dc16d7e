"""What happened before the evaluator's first look is history, whatever wrote it; the catalogue of rules may grow."""

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("alerts", "0002_rows_stay_in_their_org")]

    operations = [
        migrations.AddField("watch", "born_at", models.DateTimeField(db_default=Now())),
        migrations.AlterField("watch", "born_at", models.DateTimeField()),
        migrations.AlterField("alert", "kind", models.CharField(max_length=32)),
    ]
