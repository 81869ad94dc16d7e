"""What the review of unused tokens did with one, or why it leaves it alone."""

import django.db.models.deletion
from django.db import migrations, models

from keyvault.composite import CompositeKey

KEYS = (CompositeKey("tokens_tokenreview", "token_id", "tokens_accesstoken"),)


class Migration(migrations.Migration):
    dependencies = [
        ("tokens", "0007_no_sealed_token_lies_under_a_shredded_key"),
        ("orgs", "0009_unused_and_found_tokens_have_a_policy"),
    ]

    operations = [
        migrations.CreateModel(
            name="TokenReview",
            fields=[
                (
                    "token",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="review",
                        serialize=False,
                        to="tokens.accesstoken",
                    ),
                ),
                ("noticed_at", models.DateTimeField(blank=True, null=True)),
                ("paused_at", models.DateTimeField(blank=True, null=True)),
                ("kept_at", models.DateTimeField(blank=True, null=True)),
                ("kept_by", models.CharField(blank=True, max_length=254)),
                ("exempt_until", models.DateField(blank=True, null=True)),
                ("exempt_reason", models.CharField(blank=True, max_length=200)),
                ("exempt_by", models.CharField(blank=True, max_length=254)),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.organization"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("exempt_reason", ""), ("exempt_until", None)),
                            models.Q(("exempt_until__isnull", False), models.Q(("exempt_reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="an_exemption_says_why_and_until_when",
                    )
                ],
            },
        ),
        *(key.operation() for key in KEYS),
    ]
