"""Upstreams may be MCP servers; they and limits list the tools that may be called. The workers hear of it."""

import django.contrib.postgres.fields
from django.db import migrations, models

_UPSTREAM = "slug, title, base, slots, also, paths, denied, websocket, errors, usage, disabled_at"
_LIMIT = "token_id, project_id, requests_per_minute, tokens_per_minute, concurrent, monthly_cents, soft_cents, allowed_models"


def heard(table: str, name: str, columns: str) -> str:
    return f"""
DROP TRIGGER {name} ON {table};
CREATE TRIGGER {name} AFTER UPDATE OF {columns} ON {table}
    FOR EACH ROW EXECUTE FUNCTION gateway_tell('org', 'org_id');
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name};
"""


def both(upstream: str, limit: str) -> str:
    return heard("gateway_upstream", "gateway_hears_update_of_org", upstream) + heard(
        "gateway_limit", "gateway_hears_update_of_limit", limit
    )


class Migration(migrations.Migration):
    dependencies = [("gateway", "0006_an_upstream_is_switched_off")]

    operations = [
        migrations.AddField("upstream", "protocol", models.CharField(default="http", max_length=8)),
        migrations.AddField(
            "upstream",
            "tools",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=136), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            "limit",
            "allowed_tools",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=200), blank=True, default=list, size=None
            ),
        ),
        migrations.RunSQL(both(f"{_UPSTREAM}, protocol, tools", f"{_LIMIT}, allowed_tools"), both(_UPSTREAM, _LIMIT)),
    ]
