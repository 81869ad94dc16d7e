"""A token says what it may at the gateway, and which token it continues.

No row's MAC changes: while the new columns say nothing, it is over the old ones (see :mod:`tokens.integrity`).
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from keyvault.composite import CompositeKey

KEYS = (CompositeKey("tokens_accesstoken", "line_id", "tokens_accesstoken"),)


class Migration(migrations.Migration):
    dependencies = [
        ("tokens", "0005_a_shared_token_has_a_keeper"),
    ]

    operations = [
        migrations.AddField(
            model_name="accesstoken",
            name="endpoints",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=255), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="accesstoken",
            name="line",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="tokens.accesstoken",
            ),
        ),
        migrations.AddField(
            model_name="accesstoken",
            name="server_calls",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="accesstoken",
            name="websocket",
            field=models.BooleanField(default=False),
        ),
        *(key.operation() for key in KEYS),
    ]
