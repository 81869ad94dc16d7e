"""The clock of the product, moved or stopped; that of the database and of the log stays."""

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock


@contextmanager
def later(by: dt.timedelta) -> Iterator[None]:
    """For the block it is ``by`` later than it is, and time goes on from there."""
    with mock.patch("django.utils.timezone.now", side_effect=lambda: dt.datetime.now(dt.UTC) + by):
        yield


def within_a_minute() -> "mock._patch[mock.MagicMock]":
    """What is counted by the minute is counted in one, however slow the machine: the clock of counters stands."""
    return mock.patch("time.time", return_value=time.time())
