"""One of everything that a page can show, and around it what years leave behind, as copies made by the database.

Copies of tokens and values are good to be listed, not to be used: their MACs and envelopes are those of their models.
"""

import json
from dataclasses import asdict, dataclass
from typing import LiteralString

from django.db import connection

from keyvault.owner import database_owner
from tests.browser.access import scenery


@dataclass(frozen=True, slots=True)
class Size:
    projects: int
    secrets: int
    tokens: int
    events: int


SIZES = {"small": Size(20, 300, 100, 20_000), "full": Size(200, 5_000, 2_000, 1_000_000)}

_PROJECTS = """
INSERT INTO secrets_project
SELECT made.* FROM secrets_project AS model, generate_series(2, %(projects)s) AS n,
  jsonb_populate_record(model, jsonb_build_object('id', gen_random_uuid(), 'slug', 'p-' || n, 'name', 'Project ' || n))
    AS made
WHERE model.slug = 'shop'
"""
_ENVIRONMENTS = """
INSERT INTO secrets_environment
SELECT made.* FROM secrets_environment AS model
  JOIN secrets_project AS shop ON shop.id = model.project_id AND shop.slug = 'shop'
  JOIN secrets_project AS project ON project.org_id = shop.org_id AND project.slug LIKE 'p-%%',
  jsonb_populate_record(model, jsonb_build_object('id', gen_random_uuid(), 'project_id', project.id)) AS made
"""
# A tenth of them lies in one environment, the others in all in turn.
_SECRETS = """
INSERT INTO secrets_secret
SELECT made.* FROM generate_series(1, %(secrets)s) AS n
  JOIN (SELECT id, project_id, slug, row_number() OVER (ORDER BY created_at, id) - 1 AS place, count(*) OVER () AS many
    FROM secrets_environment) AS environment
    ON CASE WHEN n %% 10 = 0
       THEN environment.id = (SELECT environment_id FROM secrets_secret WHERE name = 'DATABASE_URL')
       ELSE environment.place = n %% environment.many END,
  secrets_secret AS model,
  jsonb_populate_record(model, jsonb_build_object('id', gen_random_uuid(), 'environment_id', environment.id,
    'name', 'service-' || n / 20 || '/KEY_' || n, 'rotate_by', CASE WHEN n %% 50 = 1 THEN current_date - n %% 9 END))
    AS made
WHERE model.name = 'DATABASE_URL'
"""
_VERSIONS = """
INSERT INTO secrets_secretversion
SELECT made.* FROM secrets_secretversion AS model
  JOIN secrets_secret AS first ON first.id = model.secret_id AND first.name = 'DATABASE_URL'
  JOIN secrets_secret AS secret ON secret.name LIKE 'service-%%',
  jsonb_populate_record(model, jsonb_build_object('id', gen_random_uuid(), 'secret_id', secret.id,
    'fingerprint', sha256(secret.id::text::bytea))) AS made
"""
_TOKENS = """
INSERT INTO tokens_accesstoken
SELECT made.* FROM generate_series(1, %(tokens)s) AS n
  JOIN tokens_accesstoken AS model
    ON model.name = CASE WHEN n %% 4 = 0 THEN 'Olivia''s laptop' ELSE 'Nightly builds' END,
  jsonb_populate_record(model, jsonb_build_object('id', gen_random_uuid(), 'name', 'Token ' || n,
    'digest', sha256(n::text::bytea), 'created_at', now() - n * interval '1 hour')) AS made
"""
# The events that are there, again and again, spread over the month; an id begins with its time (RFC 9562, version 7).
_EVENTS = """
INSERT INTO audit_event (id, at, org_id, action, outcome, actor_type, actor_id, project_id, environment_id, secret_id,
  token_id, target_token_id, version, address, request_id, reason, entry, mac_key_id, mac)
SELECT (lpad(to_hex(floor(extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '7000a' || lpad(to_hex(n), 15, '0'))
    ::uuid, moment, org_id, action, outcome, actor_type, actor_id, project_id, environment_id, secret_id,
  token_id, target_token_id, version, address, request_id, reason, entry, mac_key_id, mac
FROM (SELECT *, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS many FROM audit_event
    WHERE org_id = (SELECT org_id FROM secrets_project WHERE slug = 'shop')) AS model
  JOIN generate_series(1, %(events)s) AS n ON model.place = n %% model.many,
  LATERAL (SELECT date_trunc('month', now()) + (now() - date_trunc('month', now())) * (n::float / %(events)s) AS moment)
    AS spread
"""
_STEPS: tuple[LiteralString, ...] = (_PROJECTS, _ENVIRONMENTS, _SECRETS, _VERSIONS, _TOKENS, _EVENTS)


def seed(size: str) -> None:
    scenery.make()
    with database_owner(), connection.cursor() as cursor:
        for step in _STEPS:
            cursor.execute(step, asdict(SIZES[size]))
        cursor.execute("ANALYZE")


def rows() -> str:
    """What there is now, counted."""
    with connection.cursor() as cursor:
        counts = {}
        for table in ("secrets_project", "secrets_secret", "tokens_accesstoken", "audit_event"):
            cursor.execute(f"SELECT count(*) FROM {table}")
            counts[table.partition("_")[2]] = cursor.fetchone()[0]
    return json.dumps(counts)
