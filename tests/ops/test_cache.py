"""The cache while Redis lives, dies and comes back: a real Redis, really killed."""

import pickle
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
import redis

from keyvault import cache as module
from keyvault.cache import FallbackCache
from keyvault.embedded.credentials import Credentials
from keyvault.embedded.redis import Redis
from keyvault.processes.child import Child
from keyvault.processes.ports import free_port


class Server:
    """A Redis of this test's own, on one port for all its lives."""

    def __init__(self, folder: Path):
        credentials = Credentials("", "", "", "for-this-test", "")
        self.url = f"redis://:{credentials.redis}@127.0.0.1:{(port := free_port())}/0"
        self._child = Child(Redis(folder, port, credentials).program())

    def start(self) -> None:
        self._child.start()
        self._child.wait_until_ready()

    def kill(self) -> None:
        self._child.stop()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def cache(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[FallbackCache]:
    monkeypatch.setattr(FallbackCache, "_away_until", 0.0)
    monkeypatch.setattr(module, "_AWAY", 0.2)
    made = FallbackCache(server.url, {})
    made.clear()
    yield made
    made.clear()


def test_redis_holds_the_values_while_it_lives(server: Server, cache: FallbackCache) -> None:
    cache.set("hits", [1.5, 2.5], 60)
    with redis.Redis.from_url(server.url) as client:
        assert client.get(":1:hits") == b"[1.5,2.5]"
    assert FallbackCache(server.url, {}).get("hits") == [1.5, 2.5]


def test_counters_go_on_when_redis_is_killed_and_return_to_it(server: Server, cache: FallbackCache) -> None:
    cache.set("count", 7, 60)
    server.kill()
    seen = [cache.get("count")]
    assert cache.add("count", 1, 60)
    seen += [cache.incr("count"), cache.incr("count"), cache.get("count")]
    assert seen == [None, 2, 3, 3]

    server.start()
    time.sleep(0.25)
    assert cache.get("count") is None  # what was counted here stays here
    cache.set("count", 1, 60)
    with redis.Redis.from_url(server.url) as client:
        assert client.get(":1:count") == b"1"


def test_a_redis_that_does_not_answer_is_asked_once_and_then_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FallbackCache, "_away_until", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        cache = FallbackCache(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", {})
        cache.set_many({f"key{number}": number for number in range(50)})
        assert [cache.get(f"key{number}") for number in range(50)] == list(range(50))
        cache.clear()
        assert _connections(silent) == 2  # and once more, for a connection that was merely stale


def _connections(server: socket.socket) -> int:
    server.setblocking(False)
    count = 0
    while True:
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


def test_every_operation_works_on_both_sides(server: Server, cache: FallbackCache) -> None:
    for alive in (True, False):
        if not alive:
            server.kill()
        assert cache.add("a", 1) is True
        assert cache.add("a", 2) is False
        assert cache.has_key("a")
        assert cache.touch("a", 60)
        assert cache.decr("a") == 0
        assert cache.get_many(["a", "b"]) == {"a": 0}
        assert cache.set_many({"b": "x"}) == []
        assert cache.get_or_set("b", "y") == "x"
        cache.delete_many(["a", "b"])
        assert cache.get("a", "gone") == "gone"
        with pytest.raises(ValueError, match="not found"):
            cache.incr("a")


def test_a_value_of_redis_is_read_as_json_and_never_run(server: Server, cache: FallbackCache) -> None:
    with redis.Redis.from_url(server.url) as client:
        client.set(":1:planted", pickle.dumps({"a": 1}))
    with pytest.raises(orjson.JSONDecodeError):
        cache.get("planted")
