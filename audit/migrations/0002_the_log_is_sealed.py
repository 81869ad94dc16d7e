"""The Merkle logs: leaves, full tiles and signed checkpoints, as append-only as the events, written by the sealer alone."""

from django.conf import settings
from django.db import migrations, models

# NOTE: one log per organization (the zero UUID is the installation's) and epoch; the index of a leaf is the order of
# record. A leaf is an event, or a statement of the sealer's own, which stands here as it was hashed.
TABLES = """
CREATE TABLE public.audit_leaf (
    log_id uuid NOT NULL,
    epoch integer NOT NULL,
    leaf_index bigint NOT NULL,
    event_id uuid,
    statement bytea,
    leaf_hash bytea NOT NULL,
    PRIMARY KEY (log_id, epoch, leaf_index),
    CONSTRAINT event_is_sealed_once UNIQUE (event_id),
    CONSTRAINT leaf_is_an_event_or_a_statement CHECK ((event_id IS NULL) <> (statement IS NULL)),
    CONSTRAINT leaf_index_counts_from_zero CHECK (leaf_index >= 0),
    CONSTRAINT leaf_hash_is_32_bytes CHECK (octet_length(leaf_hash) = 32)
);

CREATE TABLE public.audit_tile (
    log_id uuid NOT NULL,
    epoch integer NOT NULL,
    level smallint NOT NULL,
    tile_index bigint NOT NULL,
    hashes bytea NOT NULL,
    PRIMARY KEY (log_id, epoch, level, tile_index),
    CONSTRAINT tile_is_full CHECK (octet_length(hashes) = 8192)
);

CREATE TABLE public.audit_checkpoint (
    log_id uuid NOT NULL,
    epoch integer NOT NULL,
    size bigint NOT NULL,
    root bytea NOT NULL,
    note text NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (log_id, epoch, size),
    CONSTRAINT root_is_32_bytes CHECK (octet_length(root) = 32)
);

CREATE TABLE public.audit_sealer (
    id smallint PRIMARY KEY DEFAULT 1 CONSTRAINT sealer_is_one CHECK (id = 1),
    public_key bytea NOT NULL,
    host text NOT NULL,
    looked_at timestamptz NOT NULL,
    trouble text NOT NULL
);
"""

GUARD = "".join(
    f"""
CREATE TRIGGER rows_are_fixed BEFORE UPDATE OR DELETE ON public.{table}
    FOR EACH ROW EXECUTE FUNCTION public.audit_refuse();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON public.{table}
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse();
ALTER TABLE public.{table} ENABLE ALWAYS TRIGGER rows_are_fixed;
ALTER TABLE public.{table} ENABLE ALWAYS TRIGGER never_truncated;
"""
    for table in ("audit_leaf", "audit_tile", "audit_checkpoint")
)

SEALED = "public.audit_leaf, public.audit_tile, public.audit_checkpoint"

RIGHTS = f"""
REVOKE ALL ON {SEALED}, public.audit_sealer FROM PUBLIC, {{app}};
GRANT SELECT ON {SEALED}, public.audit_sealer TO {{app}};
GRANT SELECT, INSERT ON {SEALED}, public.audit_event TO {{sealer}};
GRANT SELECT, INSERT, UPDATE ON public.audit_sealer TO {{sealer}};
GRANT SELECT ON public.crypto_rootkey, public.crypto_datakey, public.crypto_datakey_wrap TO {{sealer}};
"""

UNDO = f"DROP TABLE {SEALED}, public.audit_sealer;"

SEALER_ROLE = "keyvault_sealer"


def grant(apps, schema_editor):
    """Where nobody made a role for the sealer it works as the app."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [SEALER_ROLE])
        (has_its_own,) = cursor.fetchone()
    app = schema_editor.quote_name(settings.APP_DATABASE_ROLE)
    sealer = schema_editor.quote_name(SEALER_ROLE) if has_its_own else app
    schema_editor.execute(RIGHTS.format(app=app, sealer=sealer), params=None)


LEAF = migrations.CreateModel(
    name="Leaf",
    fields=[
        (
            "pk",
            models.CompositePrimaryKey(
                "log_id", "epoch", "leaf_index", blank=True, editable=False, primary_key=True, serialize=False
            ),
        ),
        ("log_id", models.UUIDField()),
        ("epoch", models.IntegerField()),
        ("leaf_index", models.BigIntegerField()),
        ("event_id", models.UUIDField(null=True)),
        ("statement", models.BinaryField(null=True)),
        ("leaf_hash", models.BinaryField()),
    ],
    options={"db_table": "audit_leaf", "managed": False},
)

TILE = migrations.CreateModel(
    name="Tile",
    fields=[
        (
            "pk",
            models.CompositePrimaryKey(
                "log_id", "epoch", "level", "tile_index", blank=True, editable=False, primary_key=True, serialize=False
            ),
        ),
        ("log_id", models.UUIDField()),
        ("epoch", models.IntegerField()),
        ("level", models.SmallIntegerField()),
        ("tile_index", models.BigIntegerField()),
        ("hashes", models.BinaryField()),
    ],
    options={"db_table": "audit_tile", "managed": False},
)

CHECKPOINT = migrations.CreateModel(
    name="Checkpoint",
    fields=[
        (
            "pk",
            models.CompositePrimaryKey(
                "log_id", "epoch", "size", blank=True, editable=False, primary_key=True, serialize=False
            ),
        ),
        ("log_id", models.UUIDField()),
        ("epoch", models.IntegerField()),
        ("size", models.BigIntegerField()),
        ("root", models.BinaryField()),
        ("note", models.TextField()),
        ("sealed_at", models.DateTimeField()),
    ],
    options={"db_table": "audit_checkpoint", "managed": False},
)

SEALER = migrations.CreateModel(
    name="Sealer",
    fields=[
        ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
        ("public_key", models.BinaryField()),
        ("host", models.TextField()),
        ("looked_at", models.DateTimeField()),
        ("trouble", models.TextField()),
    ],
    options={"db_table": "audit_sealer", "managed": False},
)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_audit_is_append_only"), ("keyring", "0001_keys_and_their_wraps")]

    operations = [
        migrations.RunSQL(TABLES + GUARD, UNDO, state_operations=[LEAF, TILE, CHECKPOINT, SEALER]),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
