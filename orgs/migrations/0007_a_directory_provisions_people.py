"""What an organization's directory says through SCIM, and the tokens that it signs in with."""

import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import keyvault.ids
from keyvault.composite import CompositeKey

KEYS = (
    CompositeKey("orgs_directorygroup", "team_id", "orgs_team"),
    CompositeKey("orgs_directorygroupmember", "group_id", "orgs_directorygroup"),
    CompositeKey("orgs_directorygroupmember", "person_id", "orgs_directoryperson"),
)


class Migration(migrations.Migration):
    dependencies = [
        ("orgs", "0006_sessions_and_networks_have_a_policy"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DirectoryGroup",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("display_name", models.CharField(max_length=255)),
                ("external_id", models.CharField(blank=True, max_length=255)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="directory_groups",
                        to="orgs.organization",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="directory_groups",
                        to="orgs.team",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DirectoryPerson",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("user_name", models.CharField(max_length=255)),
                ("external_id", models.CharField(blank=True, max_length=255)),
                ("given_name", models.CharField(blank=True, max_length=120)),
                ("family_name", models.CharField(blank=True, max_length=120)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="directory_people",
                        to="orgs.organization",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="directory_entries",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DirectoryGroupMember",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                (
                    "group",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="members",
                        to="orgs.directorygroup",
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.organization"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="groups",
                        to="orgs.directoryperson",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ScimToken",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120)),
                ("lookup", models.CharField(db_index=True, editable=False, max_length=8)),
                ("display", models.CharField(editable=False, max_length=24)),
                ("digest", models.BinaryField()),
                ("pepper_id", models.UUIDField(editable=False)),
                ("expires_at", models.DateTimeField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("issued_by", models.CharField(max_length=254)),
                ("last_used_at", models.DateTimeField(blank=True, null=True)),
                ("last_address", models.GenericIPAddressField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_by", models.CharField(blank=True, max_length=254)),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="scim_tokens", to="orgs.organization"
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.AddConstraint(
            model_name="directorygroup",
            constraint=models.UniqueConstraint(fields=("org", "id"), name="directory_group_of_one_org"),
        ),
        migrations.AddConstraint(
            model_name="directorygroup",
            constraint=models.UniqueConstraint(
                models.F("org"),
                django.db.models.functions.text.Lower("display_name"),
                name="group_name_is_unique_in_its_directory",
            ),
        ),
        migrations.AddConstraint(
            model_name="directorygroup",
            constraint=models.UniqueConstraint(fields=("team",), name="a_team_is_filled_by_one_group"),
        ),
        migrations.AddIndex(
            model_name="directoryperson",
            index=models.Index(fields=["org", "external_id"], name="directory_by_external_id"),
        ),
        migrations.AddConstraint(
            model_name="directoryperson",
            constraint=models.UniqueConstraint(fields=("org", "id"), name="directory_person_of_one_org"),
        ),
        migrations.AddConstraint(
            model_name="directoryperson",
            constraint=models.UniqueConstraint(fields=("org", "user"), name="a_directory_knows_a_person_once"),
        ),
        migrations.AddConstraint(
            model_name="directoryperson",
            constraint=models.UniqueConstraint(
                models.F("org"),
                django.db.models.functions.text.Lower("user_name"),
                condition=models.Q(("deleted_at", None)),
                name="user_name_is_unique_in_its_directory",
            ),
        ),
        migrations.AddConstraint(
            model_name="directorygroupmember",
            constraint=models.UniqueConstraint(fields=("group", "person"), name="a_person_is_once_in_a_group"),
        ),
        migrations.AddConstraint(
            model_name="scimtoken",
            constraint=models.UniqueConstraint(fields=("org", "id"), name="scim_token_of_one_org"),
        ),
        migrations.AddConstraint(
            model_name="scimtoken",
            constraint=models.UniqueConstraint(fields=("digest",), name="scim_digest_is_unique"),
        ),
        *(key.operation() for key in KEYS),
    ]
