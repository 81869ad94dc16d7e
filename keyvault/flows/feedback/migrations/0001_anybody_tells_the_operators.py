"""What somebody told the operators, a row for each message."""

from django.db import migrations, models

import keyvault.ids


class Migration(migrations.Migration):
    initial = True

    dependencies: list[tuple[str, str]] = []

    operations = [
        migrations.CreateModel(
            name="Feedback",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("text", models.TextField(max_length=4000)),
                ("answer_to", models.EmailField(blank=True, max_length=254)),
                ("by", models.CharField(blank=True, max_length=254)),
                (
                    "state",
                    models.CharField(choices=[("new", "New"), ("answered", "Answered")], default="new", max_length=10),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        models.F("state"), models.OrderBy(models.F("id"), descending=True), name="newest_feedback"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["new", "answered"])), name="feedback_state_is_known"
                    )
                ],
            },
        ),
    ]
