"""Handing lines to the far side. It has them when this returns: an answer, or the end of TLS on both sides."""

import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from django.conf import settings

from keyvault.egress import EgressSession, tls_connection
from keyvault.flows.streams.models import Stream, StreamKind
from keyvault.flows.streams.wire import Line, json_lines, signed_headers, syslog_frames

PURPOSE = "stream"


def send(stream: Stream, lines: Sequence[Line]) -> None:
    """Raises RequestFailed or OSError."""
    if stream.kind == StreamKind.WEBHOOK:
        _post(stream, lines)
    else:
        _write(stream, lines)


def _post(stream: Stream, lines: Sequence[Line]) -> None:
    body = json_lines(lines)
    message_id = f"{stream.pk}-{lines[0].epoch}-{lines[0].index}"
    headers = signed_headers(body, message_id=message_id, secret=stream.secret.reveal().encode(), at=int(time.time()))
    EgressSession(PURPOSE).post(stream.place.reveal(), data=body, headers=headers).raise_for_status()


def _write(stream: Stream, lines: Sequence[Line]) -> None:
    """Syslog has no answers. The close of TLS has: the far side has read all when it says that it closes too."""
    host, _, port = stream.place.reveal().rpartition(":")
    with tls_connection(host, int(port), PURPOSE) as connection:
        connection.sendall(syslog_frames(lines, host=urlsplit(settings.KEYVAULT_URL).hostname or "localhost"))
        with suppress(ssl.SSLEOFError):  # it closes without a word, which many do, and without a reset
            connection.unwrap()
