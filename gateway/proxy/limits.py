"""The numbers that bound what one request may cost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds, sizes in bytes."""

    target: int = 8 * 1024
    head: int = 64 * 1024
    headers: int = 128
    head_seconds: float = 10.0
    body_buffered: int = 1024 * 1024
    body_idle: float = 30.0
    body_rate: float = 256.0
    """A second, on average, of a body that takes longer than ``body_idle``."""
    first_byte: float | None = None
    """In place of the provider's own."""
    idle: float = 120.0
    """Between two pieces of an answer, in either direction."""
    total: float = 30 * 60.0
    streams: int = 4096
    streams_per_token: int = 1024
    failures_per_minute: int = 60
    """Of unknown tokens from one block of addresses."""
    tick: float = 0.25
