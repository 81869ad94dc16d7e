"""Rows stay in their organization: the composite foreign keys of the database are those of the migrations, and all."""

import importlib
import importlib.util
import pkgutil

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.test import TestCase

from keyvault.composite import CompositeKey
from keyvault.secrets.models import Environment, Grant, Project, Secret
from orgs.models import Connection, Organization, RoleMapping, Team, TeamMapping, TeamMember
from tests.cast import CastTestCase

Key = tuple[str, tuple[str, ...], str, tuple[str, ...]]

# Tables with an organization that may be null or is not a foreign key.
OUTLIVE_THEIR_ORGANIZATION = {
    "audit_event": "an event outlives all that it names; the zero UUID is the installation",
    "crypto_datakey": "a key of the installation has none; a shredded one outlives its organization",
    "jobs_job": "work of the system has none; a job outlives what it worked on",
}
OF_THE_INSTALLATION_TOO = {"streams_stream": "one of the installation's own log has none"}


class DatabaseKeysTests(TestCase):
    def test_the_keys_in_the_database_are_those_of_the_migrations(self) -> None:
        self.assertEqual(keys_in_database(), {as_key(key) for key in keys_in_migrations()})

    def test_every_reference_between_rows_of_an_organization_is_composite(self) -> None:
        composite = {(table, column) for table, columns, _, _ in keys_in_database() for column in columns}
        wanted = {
            (model._meta.db_table, field.column)
            for model in organization_models()
            for field in model._meta.concrete_fields
            if isinstance(field, models.ForeignKey) and has_org(field.related_model)
        }
        self.assertGreater(len(wanted), 15)
        self.assertEqual(wanted - composite, set())

    def test_an_environment_is_referred_to_together_with_its_project(self) -> None:
        """Where a row names both, it names two that belong together."""
        both = {
            model._meta.db_table
            for model in organization_models()
            if {"project_id", "environment_id"} <= {field.attname for field in model._meta.concrete_fields}
        }
        via = {table for table, columns, _, _ in keys_in_database() if columns == PROJECT_AND_ENVIRONMENT}
        self.assertEqual(both, {"secrets_grant", "tokens_accesstoken"})
        self.assertEqual(via, both)

    def test_every_composite_key_waits_for_the_commit(self) -> None:
        now = rows(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' AND cardinality(conkey) > 1 AND NOT condeferred"
        )
        self.assertEqual(now, [])

    def test_every_row_of_an_organization_names_it(self) -> None:
        nullable = rows(
            "SELECT table_name FROM information_schema.columns"
            " JOIN information_schema.tables USING (table_schema, table_name)"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
            " AND column_name = 'org_id' AND is_nullable = 'YES'"
        )
        without = {**OUTLIVE_THEIR_ORGANIZATION, **OF_THE_INSTALLATION_TOO}
        self.assertEqual({table for (table,) in nullable} - set(without), set())

    def test_every_organization_that_is_named_exists(self) -> None:
        having = rows(
            "SELECT table_name FROM information_schema.columns JOIN information_schema.tables USING (table_name)"
            " WHERE tables.table_schema = 'public' AND table_type = 'BASE TABLE' AND column_name = 'org_id'"
        )
        referring = rows(
            "SELECT conrelid::regclass::text FROM pg_constraint"
            " WHERE contype = 'f' AND confrelid = 'orgs_organization'::regclass"
        )
        missing = {table for (table,) in having} - {table for (table,) in referring}
        self.assertEqual(missing, set(OUTLIVE_THEIR_ORGANIZATION))


class ForeignRowTests(CastTestCase):
    """The database refuses what no code should do."""

    def setUp(self) -> None:
        super().setUp()
        self.evil = Project.objects.create(org=self.evil_corp, slug="evil", name="Evil")
        self.evil_dev = Environment.objects.create(
            org=self.evil_corp, project=self.evil, slug="dev", name="Dev", tier="dev"
        )

    def test_no_row_points_into_another_organization(self) -> None:
        member, foreign = self.membership(self.dev), self.membership(self.mallory)
        core = Team.objects.create(org=self.acme, slug="core", name="Core")
        theirs = Connection(org=self.evil_corp, kind="oidc", key="0" * 24, name="Evil")
        theirs.configuration = "{}"
        theirs.save()
        attempts: list[models.Model] = [
            RoleMapping(org=self.acme, connection=theirs, claim="groups", value="x", role="admin"),
            TeamMapping(org=self.evil_corp, connection=theirs, claim="groups", value="x", team=core),
            TeamMember(org=self.acme, team=core, membership=foreign),
            TeamMember(org=self.evil_corp, team=core, membership=foreign),
            Environment(org=self.acme, project=self.evil, slug="x", name="X", tier="dev"),
            Secret(org=self.acme, environment=self.evil_dev, name="X"),
            Secret(org=self.acme, environment=self.development, name="Y", owner=foreign),
            Grant(org=self.acme, project=self.shop, membership=foreign, verbs=["read"]),
            Grant(org=self.evil_corp, project=self.shop, membership=foreign, verbs=["read"]),
            Grant(org=self.acme, project=self.shop, environment=self.evil_dev, membership=member, verbs=["read"]),
        ]
        for row in attempts:
            refused = self.assertRaisesMessage(IntegrityError, "_same_org")
            with self.subTest(row=row._meta.label), refused, transaction.atomic():
                row.save(force_insert=True)
                connection.check_constraints()

    def test_no_environment_of_another_project_of_the_same_organization(self) -> None:
        other = Project.objects.create(org=self.acme, slug="other", name="Other")
        row = Grant(
            org=self.acme,
            project=other,
            environment=self.development,
            membership=self.membership(self.dev),
            verbs=["read"],
        )
        with self.assertRaisesMessage(IntegrityError, "_same_org"), transaction.atomic():
            row.save()
            connection.check_constraints()


PROJECT_AND_ENVIRONMENT = ("org_id", "project_id", "environment_id")


def keys_in_database() -> set[Key]:
    """Foreign keys of more than one column, in the order that they were written."""
    found = rows(
        "SELECT conrelid::regclass::text, confrelid::regclass::text,"
        " (SELECT array_agg(attname::text ORDER BY n) FROM unnest(conkey) WITH ORDINALITY AS k(num, n)"
        "  JOIN pg_attribute ON attrelid = conrelid AND attnum = num),"
        " (SELECT array_agg(attname::text ORDER BY n) FROM unnest(confkey) WITH ORDINALITY AS k(num, n)"
        "  JOIN pg_attribute ON attrelid = confrelid AND attnum = num)"
        " FROM pg_constraint WHERE contype = 'f' AND cardinality(conkey) > 1"
    )
    return {(table, tuple(mine), parent, tuple(their)) for table, parent, mine, their in found}


def keys_in_migrations() -> list[CompositeKey]:
    """The literal lists named ``KEYS`` in the migrations of our apps."""
    keys: list[CompositeKey] = []
    for config in apps.get_app_configs():
        package = f"{config.name}.migrations"  # looked for, not read off the app: who copied a database imported none
        if importlib.util.find_spec(package) is None:
            continue
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
            keys += getattr(importlib.import_module(f"{package}.{module.name}"), "KEYS", ())
    return keys


def as_key(key: CompositeKey) -> Key:
    return (key.table, (*key.via, key.column), key.parent, (*key.via, "id"))


def organization_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.managed and has_org(model)]


def has_org(model: object) -> bool:
    """Django's own models and the organization itself have none."""
    if not isinstance(model, type) or not issubclass(model, models.Model):
        return False
    return any(
        isinstance(field, models.ForeignKey) and field.name == "org" and field.related_model is Organization
        for field in model._meta.concrete_fields
    )


def rows(query: str) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        found: list[tuple[str, ...]] = cursor.fetchall()
    return found
