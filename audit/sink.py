"""The second place an event is written to: one line on standard output, for whoever collects a server's output."""

import logging
import sys
from collections.abc import Sequence

from django.db import transaction

_lines = logging.getLogger("keyvault.events")


def write(entries: Sequence[bytes]) -> None:
    """Each line is an entry byte for byte, so that SHA-256(00 || line) is the leaf hash of its receipt."""
    if entries:
        _lines.info("%s", b"\n".join(entries).decode())


def move_to_standard_error() -> None:
    """For the rest of the process, where its standard output is for a program to read."""
    for handler in _lines.handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(sys.stderr)


def write_after_commit(entries: Sequence[bytes]) -> None:
    """A transaction that is rolled back leaves no line. A sink that fails is logged and stops nothing."""

    def announce() -> None:  # not a partial: Django's report of a failed one asks for its qualified name
        write(entries)

    transaction.on_commit(announce, robust=True)
