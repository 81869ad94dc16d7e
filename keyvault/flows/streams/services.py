"""Streams of an organization by its owners, of the installation by whoever may run commands on its machine."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction

from audit.services import JSON, record
from keyvault.actor import Actor
from keyvault.egress import EgressRefused, require_askable
from keyvault.errors import Conflict, NotFound
from keyvault.flows.streams.models import Stream, StreamKind
from keyvault.flows.streams.sending import PURPOSE
from keyvault.target import Target
from orgs.access import changing_rights, require
from orgs.models import Organization
from orgs.names import clean_name, invalid
from orgs.permissions import Action

MOST = 5  # streams of one log

_HOST = re.compile(r"\[[0-9a-fA-F:.]+\]|[0-9A-Za-z]([0-9A-Za-z.-]*[0-9A-Za-z])?")


@dataclass(frozen=True, slots=True)
class Made:
    """The only time that a webhook's ``secret`` is shown."""

    stream: Stream
    secret: str | None = field(repr=False)


def create_stream(*, actor: Actor, org: Organization | None, kind: StreamKind, name: str, place: str) -> Made:
    """From the log's first leaf on. ``place`` is https://… for a webhook, host:port for syslog over TLS."""
    name = clean_name(name)
    host = _webhook_host(place) if kind == StreamKind.WEBHOOK else _syslog_host(place)
    secret = f"whsec_{secrets.token_urlsafe(32)}" if kind == StreamKind.WEBHOOK else None
    with _changing(actor, Action.CREATE_STREAM, Target(org=org.ref if org else None)) as held:
        if Stream.objects.filter(org=org).count() >= MOST:
            raise Conflict(f"There are {MOST} streams already.", rule="too-many-streams", remedy="Delete one first.")
        stream = Stream(org=org, kind=kind, name=name, host=host, created_by=held.name[:254])
        stream.place, stream.secret = place, secret
        _insert(stream)
        record(Action.CREATE_STREAM, actor=held, on=stream.target, details={"kind": kind, "host": host})
    return Made(stream, secret)


def delete_stream(*, actor: Actor, stream: Stream) -> None:
    """What it has not sent stays in the log. Raises NotFound where it is gone already."""
    target = stream.target
    with _changing(actor, Action.DELETE_STREAM, target) as held:
        deleted, _ = Stream.objects.filter(pk=stream.pk).delete()
        if not deleted:
            raise NotFound
        details: dict[str, JSON] = {"host": stream.host, "next": stream.next_index, "epoch": stream.epoch}
        record(Action.DELETE_STREAM, actor=held, on=target, details=details)


@contextmanager
def _changing(actor: Actor, action: Action, target: Target) -> Iterator[Actor]:
    """Of the installation's streams decides nobody's role: they are an affair of the machine."""
    if target.org is not None:
        with changing_rights(actor, action, target) as held:
            yield held
        return
    require(actor, action, target)
    with transaction.atomic(durable=True):
        yield actor


def _insert(stream: Stream) -> None:
    try:
        with transaction.atomic():
            stream.save(force_insert=True)
    except IntegrityError:
        raise Conflict(
            f"There is a stream {stream.name} already.", rule="name-taken", extra={"field": "name"}
        ) from None


def _webhook_host(place: str) -> str:
    try:
        require_askable(place, PURPOSE)
    except EgressRefused as refused:
        raise invalid("place", str(refused)) from None
    return (urlsplit(place).hostname or "")[:255]


def _syslog_host(place: str) -> str:
    host, _, port = place.rpartition(":")
    if not _HOST.fullmatch(host) or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise invalid("place", "Write it as host:port, for example siem.example.com:6514.")
    return host[:255]
