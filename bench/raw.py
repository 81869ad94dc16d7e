"""Baseline *raw*: the same work in four statements, in a bare ASGI app on asyncpg. No product could be leaner.

Token by digest, place, version with its wrap, event; then unwrap, decrypt and answer.
"""

import asyncio
import json
import os
from typing import Any
from uuid import UUID

import asyncpg

from bench.facts import Facts
from bench.statements import EVENT, PLACE, TOKEN, VERSION
from keyvault.ids import uuid7

FACTS = Facts.read(os.environ["BENCH_FACTS"])
ROOT, MAC_KEY = bytes.fromhex(FACTS.root_id), UUID(FACTS.mac_key_id)
_idle: asyncio.Queue[Any] = asyncio.LifoQueue()  # asyncpg's own pool asks the server once more for each release


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    name = scope["path"].rsplit("/", 1)[1]
    body = await _read(dict(scope["headers"])[b"authorization"][7:], name)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _read(token: bytes, name: str) -> bytes:
    connection = await _idle.get()
    try:
        held = await connection.fetchrow(TOKEN, FACTS.digest_of(token))
        place = await connection.fetchrow(PLACE, held["org_id"], "shop", "development")
        row = await connection.fetchrow(VERSION, place["environment_id"], name, ROOT)
        entry, mac = FACTS.entry_and_mac(held["org_id"], name)
        await connection.execute(EVENT, uuid7(), held["org_id"], row["secret_id"], held["id"], entry, MAC_KEY, mac)
    finally:
        _idle.put_nowait(connection)
    return json.dumps({"name": name, "value": FACTS.decrypt(row).decode()}).encode()


async def _lifespan(receive: Any, send: Any) -> None:
    await receive()
    for _ in range(int(os.environ["BENCH_POOL"])):
        _idle.put_nowait(await asyncpg.connect(os.environ["DATABASE_URL"]))
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
