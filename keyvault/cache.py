"""The cache: Redis, and for a few seconds at a time this process's own memory while Redis is away.

Counters (rate limits) go on counting per process then: they neither open nor close the doors.
"""

import logging
import time
from collections.abc import Callable
from typing import Any, ClassVar

import orjson
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

_log = logging.getLogger(__name__)

_AWAY = 3.0  # seconds before Redis is tried again
_LOCAL_ENTRIES = 20_000
# A lost connection is opened anew once; nothing here may hold up a request for longer than this.
_CONNECTION = {"socket_connect_timeout": 0.3, "socket_timeout": 0.5, "retry": Retry(NoBackoff(), 1)}


class JSON:
    """Values as JSON: whoever can write to Redis must not be able to run code here, as a pickle would."""

    def dumps(self, value: Any) -> int | bytes:
        return value if type(value) is int else orjson.dumps(value)  # plain integers can be counted up by Redis

    def loads(self, stored: bytes) -> Any:
        return orjson.loads(stored)


class FallbackCache(BaseCache):
    """Holds what JSON can say. A value set in one cache is not found in the other: callers treat that as a miss."""

    _away_until: ClassVar[float] = 0.0  # per process; Django makes a cache object for every thread

    def __init__(self, server: str, params: dict[str, Any]):
        super().__init__(params)
        options = {**params.get("OPTIONS", {}), **_CONNECTION, "serializer": JSON}
        self._redis = RedisCache(server, {**params, "OPTIONS": options})
        self._local = LocMemCache("keyvault-fallback", {**params, "OPTIONS": {"MAX_ENTRIES": _LOCAL_ENTRIES}})

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._on(lambda cache: cache.add(key, value, timeout, version)))

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._on(lambda cache: cache.get(key, default, version))

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._on(lambda cache: cache.set(key, value, timeout, version))

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._on(lambda cache: cache.touch(key, timeout, version)))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return bool(self._on(lambda cache: cache.delete(key, version)))

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        return int(self._on(lambda cache: cache.incr(key, delta, version)))

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return bool(self._on(lambda cache: cache.has_key(key, version)))

    def clear(self) -> None:
        self._local.clear()
        self._on(lambda cache: cache.clear())

    def _on(self, act: Callable[[BaseCache], Any]) -> Any:
        if time.monotonic() >= FallbackCache._away_until:
            try:
                return act(self._redis)
            except (RedisError, OSError) as problem:
                FallbackCache._away_until = time.monotonic() + _AWAY
                _log.warning("Redis is away (%s): counting in this process for now", type(problem).__name__)
        return act(self._local)
