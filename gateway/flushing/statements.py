"""What a batch of lines becomes: rows of requests, sums of hours and minutes, and what is left of budgets."""

from typing import LiteralString

# Rows are locked in one order, so that workers that write at the same time wait for each other and do not embrace.

# Of an organization that is gone nothing is kept.
REQUESTS: LiteralString = """
INSERT INTO gateway_usage (id, org_id, at, token, line, project, environment, provider, model, address, ending, status,
    bytes_in, bytes_out, tokens_in, tokens_cached, tokens_out, spend, estimated, milliseconds)
SELECT n.* FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[],
    %s::text[], %s::text[], %s::inet[], %s::text[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
    %s::bigint[], %s::bigint[], %s::boolean[], %s::bigint[])
    AS n (id, org_id, at, token, line, project, environment, provider, model, address, ending, status, bytes_in,
          bytes_out, tokens_in, tokens_cached, tokens_out, spend, estimated, milliseconds)
JOIN orgs_organization o ON o.id = n.org_id
ORDER BY n.id
ON CONFLICT (id) DO NOTHING
RETURNING id
"""

HOURS: LiteralString = """
INSERT INTO gateway_hour AS kept (id, org_id, hour, token, person, service, project, environment, provider, model,
    requests, errors, estimated, bytes_in, bytes_out, tokens_in, tokens_cached, tokens_out, spend, milliseconds,
    slowest, latencies)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (org_id, hour, token, provider, model) DO UPDATE SET
    requests = kept.requests + excluded.requests, errors = kept.errors + excluded.errors,
    estimated = kept.estimated + excluded.estimated, bytes_in = kept.bytes_in + excluded.bytes_in,
    bytes_out = kept.bytes_out + excluded.bytes_out, tokens_in = kept.tokens_in + excluded.tokens_in,
    tokens_cached = kept.tokens_cached + excluded.tokens_cached, tokens_out = kept.tokens_out + excluded.tokens_out,
    spend = kept.spend + excluded.spend, milliseconds = kept.milliseconds + excluded.milliseconds,
    slowest = greatest(kept.slowest, excluded.slowest),
    latencies = ARRAY(SELECT a + b FROM unnest(kept.latencies, excluded.latencies) WITH ORDINALITY AS l (a, b, n)
                      ORDER BY n)
"""

# Told of in one event each, once its minute is over.
MINUTES: LiteralString = """
INSERT INTO gateway_minute AS kept (id, org_id, minute, token, provider, address, requests, errors, tokens, spend)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (org_id, minute, token, provider, address) DO UPDATE SET
    requests = kept.requests + excluded.requests, errors = kept.errors + excluded.errors,
    tokens = kept.tokens + excluded.tokens, spend = kept.spend + excluded.spend
"""
DUE: LiteralString = """
DELETE FROM gateway_minute WHERE id IN (
    SELECT id FROM gateway_minute WHERE minute < %s ORDER BY minute, id LIMIT 500 FOR UPDATE SKIP LOCKED)
RETURNING org_id, minute, token, provider, address, requests, errors, tokens, spend
"""

SPENT: LiteralString = """
INSERT INTO gateway_pool AS kept (id, org_id, subject, kind, period, used, leased)
VALUES (%s, %s, %s, 'money', to_timestamp(%s), %s, 0)
ON CONFLICT (subject, kind, period) DO UPDATE SET used = kept.used + excluded.used
"""
# What was spent is no longer the worker's: never more of its slice than there is.
OUT_OF_SLICE: LiteralString = """
WITH mine AS (
    SELECT s.id, s.pool_id, least(s.amount, %(spend)s) AS gone
    FROM gateway_slice s JOIN gateway_pool p ON p.id = s.pool_id
    WHERE s.worker = %(worker)s AND p.subject = %(subject)s AND p.kind = 'money' AND p.period = to_timestamp(%(period)s)
    FOR UPDATE OF s
), less AS (
    UPDATE gateway_slice s SET amount = s.amount - mine.gone FROM mine WHERE s.id = mine.id
)
UPDATE gateway_pool p SET leased = p.leased - mine.gone FROM mine WHERE p.id = mine.pool_id
"""

# Of a worker that is no more, once all its lines are read.
RELEASE: LiteralString = """
WITH pools AS (
    SELECT p.id FROM gateway_pool p WHERE p.id IN (SELECT pool_id FROM gateway_slice WHERE worker = %(worker)s)
    ORDER BY p.id FOR UPDATE
), gone AS (
    DELETE FROM gateway_slice s USING pools WHERE s.pool_id = pools.id AND s.worker = %(worker)s
    RETURNING s.pool_id, s.amount
)
UPDATE gateway_pool p SET leased = p.leased - gone.amount FROM gone WHERE p.id = gone.pool_id
"""

WHOSE: LiteralString = """
SELECT t.id, t.org_id, t.name, t.kind, m.user_id, u.email, t.service_id, i.slug AS service, o.slug AS org,
       p.id AS project_id, p.slug AS project, e.id AS environment_id, e.slug AS environment
FROM tokens_accesstoken t
JOIN orgs_organization o ON o.id = t.org_id
LEFT JOIN orgs_membership m ON m.org_id = t.org_id AND m.id = t.membership_id
LEFT JOIN accounts_user u ON u.id = m.user_id
LEFT JOIN tokens_serviceidentity i ON i.org_id = t.org_id AND i.id = t.service_id
LEFT JOIN secrets_project p ON p.org_id = t.org_id AND p.id = t.project_id
LEFT JOIN secrets_environment e ON e.org_id = t.org_id AND e.id = t.environment_id
WHERE t.id = ANY(%s)
"""
