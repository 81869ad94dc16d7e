"""``manage.py streams``: streams of the installation's own log, and a look at everybody's."""

import argparse
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from keyvault.actor import system
from keyvault.errors import KeyVaultError
from keyvault.flows.streams.feeding import behind, feed
from keyvault.flows.streams.models import Stream, StreamKind
from keyvault.flows.streams.services import create_stream, delete_stream

_ACTOR = system("streams")


class Command(BaseCommand):
    help = (
        "Stream the installation's log to a SIEM. Streams of an organization are its owners' (API); here they are "
        "shown, and sent at once."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
        adding = acts.add_parser("add", help="from the first leaf on")
        adding.add_argument("kind", choices=StreamKind.values)
        adding.add_argument("place", help="https://… for a webhook, host:port for syslog over TLS")
        adding.add_argument("--name", required=True)
        acts.add_parser("list", help="all streams, how far they are, and what keeps them")
        for act, does in (("remove", "one of the installation's own"), ("feed", "send now what there is")):
            acts.add_parser(act, help=does).add_argument("stream", type=UUID)

    def handle(self, *_: str, act: str, **options: Any) -> None:
        try:
            acts: dict[str, Callable[..., None]] = {
                "add": self._add,
                "list": self._list,
                "remove": self._remove,
                "feed": self._feed,
            }
            acts[act](**options)
        except KeyVaultError as refusal:
            raise CommandError(refusal.detail) from None

    def _add(self, *, kind: str, place: str, name: str, **_: Any) -> None:
        made = create_stream(actor=_ACTOR, org=None, kind=StreamKind(kind), name=name, place=place)
        self.stdout.write(str(made.stream.pk))
        if made.secret:
            self.stdout.write(f"shown this once, to check signatures by: {made.secret}")

    def _list(self, **_: Any) -> None:
        for stream in Stream.objects.select_related("org"):
            owner = stream.org.slug if stream.org else "the installation"
            words = (str(stream.pk), owner, stream.kind, stream.host, f"{behind(stream)} behind", stream.last_error)
            self.stdout.write("  ".join(word for word in words if word))

    def _remove(self, *, stream: UUID, **_: Any) -> None:
        found = Stream.objects.filter(pk=stream, org=None).first()
        if found is None:
            raise CommandError("The installation has no such stream.")
        delete_stream(actor=_ACTOR, stream=found)

    def _feed(self, *, stream: UUID, **_: Any) -> None:
        self.stdout.write(f"{feed(stream)} sent.")
