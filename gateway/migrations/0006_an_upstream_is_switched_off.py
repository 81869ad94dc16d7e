"""An upstream can be switched off and on; the workers hear of it as of its other columns."""

from django.db import migrations, models

NAME = "gateway_hears_update_of_org"
_OTHERS = "slug, title, base, slots, also, paths, denied, websocket, errors, usage"


def heard(columns: str) -> str:
    return f"""
DROP TRIGGER {NAME} ON gateway_upstream;
CREATE TRIGGER {NAME} AFTER UPDATE OF {columns} ON gateway_upstream
    FOR EACH ROW EXECUTE FUNCTION gateway_tell('org', 'org_id');
ALTER TABLE gateway_upstream ENABLE ALWAYS TRIGGER {NAME};
"""


class Migration(migrations.Migration):
    dependencies = [("gateway", "0005_use_is_told_by_the_minute")]

    operations = [
        migrations.AddField("upstream", "disabled_at", models.DateTimeField(blank=True, null=True)),
        migrations.RunSQL(heard(f"{_OTHERS}, disabled_at"), heard(_OTHERS)),
    ]
