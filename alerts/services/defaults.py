"""The channel that every organization has from the start: mail to its owners and admins."""

from django.db import transaction

from alerts.models import Channel, ChannelKind
from alerts.watching.judging import ACTOR
from audit.services import record
from orgs.models import Organization
from orgs.permissions import Action

NAME = "Owners and admins"

_MOST = 500  # at one look


def make_default_channels() -> int:
    """For organizations that have none yet. Of two who look at once, one makes it."""
    having = Channel.objects.filter(is_default=True).values("org")
    made = 0
    for org in Organization.objects.exclude(pk__in=having).order_by("pk")[:_MOST]:
        with transaction.atomic(durable=True):
            made += _make(org)
    return made


def _make(org: Organization) -> bool:
    Organization.objects.select_for_update(no_key=True).get(pk=org.pk)
    if Channel.objects.filter(org=org, is_default=True).exists():
        return False
    channel = Channel.objects.create(
        org=org, kind=ChannelKind.EMAIL, name=_free_name(org), is_default=True, created_by=ACTOR.name
    )
    record(Action.CREATE_ALERT_CHANNEL, actor=ACTOR, on=channel.target, details={"kind": channel.kind, "default": True})
    return True


def _free_name(org: Organization) -> str:
    taken = Channel.objects.filter(org=org, name=NAME).exists()
    return f"{NAME} (default)" if taken else NAME
