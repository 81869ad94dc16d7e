"""Refusals at the gateway, which the usage page counts by rule, are found without reading all that was done there."""

from django.db import migrations

# Any other event is not in it and costs nothing more to append.
INDEX = """
CREATE INDEX audit_by_refusal ON public.audit_event (org_id, id DESC) INCLUDE (reason) WHERE action = 'gateway:refuse';
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_verifications_are_kept")]

    operations = [migrations.RunSQL(INDEX, "DROP INDEX public.audit_by_refusal;")]
