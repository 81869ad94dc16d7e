"""A group for each platform role, without permissions of Django's: the matrix of accounts.platform decides."""

from django.db import migrations

NAMES = ("super_admin", "user_admin", "provider_admin", "model_admin", "mcp_admin", "billing_admin", "auditor")


def make_groups(apps, schema_editor):
    for name in NAMES:
        apps.get_model("auth", "Group").objects.get_or_create(name=name)


def remove_groups(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=NAMES).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_second_factors"),
    ]

    operations = [
        migrations.RunPython(make_groups, remove_groups),
    ]
