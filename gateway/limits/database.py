"""The ledger in PostgreSQL: one statement for a slice, whoever else asks at the same moment."""

import asyncio
from concurrent.futures import Executor
from typing import Any, LiteralString
from uuid import UUID

import django.db
from django.db import connection, transaction

from gateway.limits.facts import Kind
from gateway.limits.shares import Granted, Unknown, Want
from keyvault.ids import uuid7

# An eighth of what is free, so that the last of it is not held by one: or as much as is wanted, or nothing. A minute's
# slices are gone when they are taken; of money and streams it is remembered who holds them.
_LEASE: LiteralString = """
WITH pool AS (
    SELECT id, org_id, used, leased, greatest(%(most)s - used - leased, 0) AS free
    FROM gateway_pool WHERE subject = %(subject)s AND kind = %(kind)s AND period = to_timestamp(%(period)s)
    FOR UPDATE
), share AS (
    SELECT *, CASE WHEN free < %(least)s THEN 0 ELSE least(free, greatest(%(least)s, (free + 7) / 8)) END AS got
    FROM pool
), taken AS (
    UPDATE gateway_pool p SET
        used = p.used + CASE WHEN %(kept)s THEN 0 ELSE share.got END,
        leased = p.leased + CASE WHEN %(kept)s THEN share.got ELSE 0 END
    FROM share WHERE p.id = share.id AND share.got > 0
), slice AS (
    INSERT INTO gateway_slice AS held (id, org_id, pool_id, worker, amount)
    SELECT %(id)s, org_id, id, %(worker)s, got FROM share WHERE %(kept)s AND got > 0
    ON CONFLICT (pool_id, worker) DO UPDATE SET amount = held.amount + excluded.amount
)
SELECT got, used, leased FROM share
"""
_MAKE: LiteralString = """
INSERT INTO gateway_pool (id, org_id, subject, kind, period, used, leased)
VALUES (%(id)s, %(org)s, %(subject)s, %(kind)s, to_timestamp(%(period)s), 0, 0) ON CONFLICT DO NOTHING
"""
_GIVE_BACK: LiteralString = """
WITH pool AS (
    SELECT id FROM gateway_pool
    WHERE subject = %(subject)s AND kind = %(kind)s AND period = to_timestamp(%(period)s) FOR UPDATE
), mine AS (
    SELECT s.id, s.pool_id, least(s.amount, %(amount)s) AS back
    FROM gateway_slice s JOIN pool ON pool.id = s.pool_id WHERE s.worker = %(worker)s FOR UPDATE OF s
), less AS (
    UPDATE gateway_slice s SET amount = s.amount - mine.back FROM mine WHERE s.id = mine.id
)
UPDATE gateway_pool p SET leased = p.leased - mine.back FROM mine WHERE p.id = mine.pool_id
"""
_KEPT = (Kind.MONEY, Kind.STREAMS)


class DatabaseLedger:
    """A :class:`gateway.limits.shares.Ledger`; ``threads`` run its statements, on Django's connections."""

    def __init__(self, worker: UUID, threads: Executor) -> None:
        self._worker, self._threads = worker, threads

    async def lease(self, want: Want) -> Granted:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.lease_now, want)

    async def give_back(self, want: Want, amount: int) -> None:
        await asyncio.get_running_loop().run_in_executor(self._threads, self.give_back_now, want, amount)

    def lease_now(self, want: Want) -> Granted:
        try:
            with transaction.atomic():
                return self._ask(want) or self._make(want)
        except django.db.Error as problem:
            connection.close()
            raise Unknown from problem

    def give_back_now(self, want: Want, amount: int) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(_GIVE_BACK, {**self._facts(want), "amount": amount})
        except django.db.Error as problem:
            connection.close()
            raise Unknown from problem

    def _make(self, want: Want) -> Granted:
        with connection.cursor() as cursor:
            cursor.execute(_MAKE, self._facts(want))
        granted = self._ask(want)
        if granted is None:  # the organization is gone
            raise Unknown
        return granted

    def _ask(self, want: Want) -> Granted | None:
        with connection.cursor() as cursor:
            cursor.execute(_LEASE, self._facts(want))
            row = cursor.fetchone()
        return Granted(*row) if row else None

    def _facts(self, want: Want) -> dict[str, Any]:
        return {
            "id": uuid7(),
            "org": want.org,
            "subject": want.subject,
            "kind": want.kind.value,
            "period": want.period,
            "most": want.most,
            "least": want.least,
            "worker": self._worker,
            "kept": want.kind in _KEPT,
        }
