"""The log as one test wrote it: what other tests have committed stays for ever, because nothing can take it away."""

from uuid import UUID

from audit.models import Event
from audit.querysets import EventQuerySet
from keyvault.ids import uuid7

_begun = UUID(int=0)


def begin() -> None:
    """At the beginning of each test, before its ``setUp``; see tests/conftest.py."""
    global _begun  # noqa: PLW0603  one test runs at a time in a process
    _begun = uuid7()


def events_of_this_test() -> EventQuerySet:
    return Event.objects.filter(id__gt=_begun)
