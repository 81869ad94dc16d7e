"""Identity providers of an organization, its mail domains, and what claims make of a person."""

import django.db.models.deletion
from django.db import migrations, models

import keyvault.ids
import keyvault.keyring.fields
from keyvault.composite import CompositeKey

KEYS = (
    CompositeKey("orgs_rolemapping", "connection_id", "orgs_connection"),
    CompositeKey("orgs_teammapping", "connection_id", "orgs_connection"),
    CompositeKey("orgs_teammapping", "team_id", "orgs_team"),
)


class Migration(migrations.Migration):
    dependencies = [
        ("orgs", "0004_one_owner_at_least"),
    ]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="ended_by",
            field=models.CharField(
                choices=[("manual", "By hand"), ("idp", "Single sign-on"), ("scim", "Directory (SCIM)")],
                default="manual",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="source",
            field=models.CharField(
                choices=[("manual", "By hand"), ("idp", "Single sign-on"), ("scim", "Directory (SCIM)")],
                default="manual",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="teammember",
            name="source",
            field=models.CharField(
                choices=[("manual", "By hand"), ("idp", "Single sign-on"), ("scim", "Directory (SCIM)")],
                default="manual",
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="Connection",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("oidc", "OpenID Connect"), ("saml", "SAML 2.0"), ("github", "GitHub")], max_length=8
                    ),
                ),
                ("key", models.CharField(editable=False, max_length=24, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("configuration", keyvault.keyring.fields.SealedTextField()),
                ("enabled", models.BooleanField(default=False)),
                (
                    "default_role",
                    models.CharField(
                        blank=True,
                        choices=[("admin", "Admin"), ("developer", "Developer"), ("viewer", "Viewer")],
                        max_length=16,
                    ),
                ),
                ("trust_unmarked_email", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="connections", to="orgs.organization"
                    ),
                ),
            ],
            options={
                "ordering": ["created_at"],
            },
        ),
        migrations.CreateModel(
            name="Domain",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=253)),
                ("challenge", models.CharField(editable=False, max_length=64)),
                (
                    "proof",
                    models.CharField(
                        blank=True,
                        choices=[("", "Not proven"), ("dns", "DNS record"), ("operator", "Operator's approval")],
                        default="",
                        max_length=8,
                    ),
                ),
                ("proven_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="domains", to="orgs.organization"
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="RoleMapping",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("claim", models.CharField(max_length=255)),
                ("value", models.CharField(max_length=255)),
                (
                    "role",
                    models.CharField(
                        choices=[("admin", "Admin"), ("developer", "Developer"), ("viewer", "Viewer")], max_length=16
                    ),
                ),
                (
                    "connection",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="role_mappings",
                        to="orgs.connection",
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.organization"
                    ),
                ),
            ],
            options={
                "ordering": ["claim", "value"],
            },
        ),
        migrations.CreateModel(
            name="TeamMapping",
            fields=[
                ("id", models.UUIDField(default=keyvault.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("claim", models.CharField(max_length=255)),
                ("value", models.CharField(max_length=255)),
                (
                    "connection",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="team_mappings",
                        to="orgs.connection",
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orgs.organization"
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mappings",
                        to="orgs.team",
                    ),
                ),
            ],
            options={
                "ordering": ["claim", "value"],
            },
        ),
        migrations.AddConstraint(
            model_name="connection",
            constraint=models.UniqueConstraint(fields=("org", "id"), name="connection_of_one_org"),
        ),
        migrations.AddConstraint(
            model_name="connection",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["oidc", "saml", "github"])), name="connection_has_a_known_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="connection",
            constraint=models.CheckConstraint(
                condition=models.Q(("default_role__in", ["", "admin", "developer", "viewer"])),
                name="sign_on_makes_no_owner_by_default",
            ),
        ),
        migrations.AddConstraint(
            model_name="domain",
            constraint=models.UniqueConstraint(fields=("org", "name"), name="an_org_claims_a_domain_once"),
        ),
        migrations.AddConstraint(
            model_name="domain",
            constraint=models.UniqueConstraint(
                condition=models.Q(("proven_at__isnull", False)), fields=("name",), name="a_domain_is_proven_by_one_org"
            ),
        ),
        migrations.AddConstraint(
            model_name="domain",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("proof", ""), ("proven_at", None)),
                    models.Q(("proof__in", ["dns", "operator"]), ("proven_at__isnull", False)),
                    _connector="OR",
                ),
                name="a_proven_domain_says_how",
            ),
        ),
        migrations.AddConstraint(
            model_name="rolemapping",
            constraint=models.UniqueConstraint(
                fields=("connection", "claim", "value"), name="a_claim_maps_to_one_role"
            ),
        ),
        migrations.AddConstraint(
            model_name="rolemapping",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ("admin", "developer", "viewer"))), name="no_claim_maps_to_owner"
            ),
        ),
        migrations.AddConstraint(
            model_name="teammapping",
            constraint=models.UniqueConstraint(
                fields=("connection", "claim", "value", "team"), name="a_claim_maps_once_to_a_team"
            ),
        ),
        *(key.operation() for key in KEYS),
    ]
