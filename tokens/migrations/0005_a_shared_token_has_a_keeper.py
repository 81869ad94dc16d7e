"""A token that is no person's has a member who answers for it."""

import django.db.models.deletion
from django.db import migrations, models

from keyvault.composite import CompositeKey

KEYS = (CompositeKey("tokens_accesstoken", "keeper_id", "orgs_membership"),)


class Migration(migrations.Migration):
    dependencies = [
        ("orgs", "0008_people_come_and_go"),
        ("tokens", "0004_a_pause_says_who"),
    ]

    operations = [
        migrations.AddField(
            model_name="accesstoken",
            name="keeper",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="orgs.membership",
            ),
        ),
        *(key.operation() for key in KEYS),
    ]
