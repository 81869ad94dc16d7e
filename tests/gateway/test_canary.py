"""A thousand keys go through the gateway: good answers, errors that echo them, aborts, crashes. None stays anywhere."""

import base64
import os
import secrets
import signal
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.db import connection

from gateway.model import Provider, Style
from gateway.models import Worker
from gateway.proxy.providers import load
from keyvault.owner import database_owner
from keyvault.secrets.models import Secret
from keyvault.secrets.services.storing import rotate_secret
from keyvault.secrets.values import Value
from tests.gateway.house import until
from tests.gateway.proxy.far_side import Answering, Seen, reply
from tests.gateway.proxy.stage import request
from tests.gateway.scene import GatewayTestCase
from tests.tokens.scene import shown

KEYS = 1000
MARK = "canary7f3e9b1c5d"
PLAIN = frozenset({Style.BEARER, Style.HEADER, Style.TOKEN, Style.RAW})


def echo(status: str) -> Answering:
    """A provider that says in its answer what it was sent."""

    def answer(seen: Seen, client: socket.socket) -> None:
        body = seen.head.replace(b"\r\n", b"\n")
        reply(body, status=status, headers={"content-type": "text/plain", "x-said": key_in(seen)})(seen, client)

    return answer


def key_in(seen: Seen) -> str:
    return next((value for _, value in seen.headers if MARK in value), "")


@pytest.mark.slow
class CanaryTests(GatewayTestCase):
    workers = 2

    def test_no_key_is_anywhere_afterwards(self) -> None:
        self.heard: list[bytes] = []
        self.sent: set[str] = set()
        bound = {preset.slug: self.broker(self.development, provider=preset.slug) for preset in presets()}
        token = shown(self.at_development())
        until(lambda: self.house.ask(path_of(presets()[0]), token).status != 401)
        acts = (self.succeed, self.fail_upstream, self.abort, self.crash)
        number = 0
        while len(self.sent) < KEYS:
            self.rotate(bound)
            acts[number % len(acts)](token)
            number += 1
        self.assertGreaterEqual(len(self.sent), KEYS)
        looked_at = set()
        for place, content in self.places():
            looked_at.add(place)
            for form in forms():
                self.assertNotIn(form, content, place)
        self.assertLessEqual({"an answer", "audit_event", "gateway_usage", "secrets_secretversion"}, looked_at)

    def rotate(self, bound: dict[str, Secret]) -> None:
        """A new canary for each provider; requests wait for nothing, so that old ones are sent now and then."""
        for slug, secret in bound.items():
            value = f"{MARK}-{slug}-{secrets.token_hex(12)}"
            bound[slug] = rotate_secret(actor=self.actor(self.olivia), secret=secret, value=Value.text(value)).secret

    def succeed(self, token: str) -> None:
        self.house.far_side.answer = reply(b'{"fine": true}', headers={"x-fine": "yes"})
        self.ask_all(token)

    def fail_upstream(self, token: str) -> None:
        for status in ("400 Bad Request", "401 Unauthorized", "500 Oops"):
            self.house.far_side.answer = echo(status)
            self.ask_all(token)

    def abort(self, token: str) -> None:
        """The client is gone before the answer."""
        self.house.far_side.answer = echo("400 Bad Request")
        for preset in presets():
            with socket.create_connection(("127.0.0.1", self.house.port), timeout=10) as client:
                client.sendall(request(token, path_of(preset), body=b"{}"))
        self.note()

    def crash(self, token: str) -> None:
        self.house.far_side.answer = echo("502 Bad Gateway")
        for worker in Worker.objects.exclude(seen=None)[:1]:
            self.ask_all(token)
            with suppress(ProcessLookupError):
                os.kill(int(worker.name.rpartition(":")[2]), signal.SIGABRT)
            Worker.objects.filter(pk=worker.pk).delete()
        until(lambda: Worker.objects.exclude(seen=None).count() >= self.workers)

    def ask_all(self, token: str) -> None:
        for preset in presets():
            with suppress(OSError):
                heard = self.house.ask(path_of(preset), token)
                self.heard.append(repr(heard.headers).encode() + heard.body)
        self.note()

    def note(self) -> None:
        self.sent |= {key for seen in list(self.house.far_side.seen) if (key := key_in(seen))}
        self.house.far_side.seen.clear()

    def places(self) -> Iterator[tuple[str, bytes]]:
        yield "an answer", b"\n".join(self.heard)
        folder = Path(os.environ["KEYVAULT_DATA_DIR"])
        for file in [*folder.glob("gateway-*.log"), *(folder / "journal").rglob("*"), *Path.cwd().glob("core*")]:
            if file.is_file():
                yield file.name, file.read_bytes()
        with database_owner(), connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f'SELECT t::text FROM "{table}" t')
                yield table, "\n".join(row for (row,) in cursor.fetchall()).encode()
        with redis.Redis.from_url(settings.REDIS_URL) as cache:
            for key in cache.scan_iter(count=1000):
                yield "the cache", key + (cache.dump(key) or b"")


def presets() -> list[Provider]:
    """Those that take a plain key in a header, on a host of their own."""
    return [each for each in load().values() if each.slots[0].style in PLAIN and not each.also and not each.variables]


def path_of(preset: Provider) -> str:
    return f"/{preset.slug}{preset.paths[0].replace('*', 'x')}"


def forms() -> list[bytes]:
    """In the clear, in hex, and the middle of its three forms in base64."""
    mark = MARK.encode()
    shifted = [base64.b64encode(b"x" * shift + mark)[4:-4] for shift in range(3)]
    return [mark, mark.hex().encode(), *shifted]
