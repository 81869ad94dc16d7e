"""Privacy and terms, a row for each edit."""

from django.db import migrations, models

import keyvault.ids


class Migration(migrations.Migration):
    initial = True

    dependencies: list[tuple[str, str]] = []

    operations = [
        migrations.CreateModel(
            name="PublicText",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(choices=[("privacy", "Privacy"), ("terms", "Terms")], max_length=20)),
                ("text", models.TextField(blank=True, max_length=20000)),
                ("by", models.CharField(max_length=254)),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        models.F("name"), models.OrderBy(models.F("id"), descending=True), name="newest_public_text"
                    )
                ],
            },
        ),
    ]
