"""What of an organization's alerts does not work: a channel that is missing, fails, or reaches nobody."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from alerts.models import Channel, ChannelKind
from alerts.recipients import reached_by
from keyvault.target import Tier
from orgs.models import Organization
from tokens.models import AccessToken


@dataclass(frozen=True, slots=True)
class Attention:
    """``channel`` is None where the trouble is that there is none."""

    rule: str
    sentence: str
    since: dt.datetime | None = None
    channel: UUID | None = None


def needing_attention(org: Organization) -> list[Attention]:
    """Breaches of production tokens are told by mail and by webhook: a missing way is listed as a broken one is."""
    enabled = list(Channel.objects.filter(org=org, enabled=True))
    found = [_failing(channel) for channel in enabled if channel.failing_since]
    found += [_reaching_nobody(channel) for channel in enabled if _reaches_nobody(channel)]
    made = Channel.objects.filter(org=org, is_default=True).exists()  # the first look makes it, within seconds
    if made and not any(channel.kind == ChannelKind.EMAIL for channel in enabled):
        found.append(Attention("no-mail-channel", "No alert is sent by mail."))
    if not any(channel.kind == ChannelKind.WEBHOOK for channel in enabled) and _has_production_tokens(org):
        found.append(Attention("no-webhook-channel", "Production tokens are in use and no alert goes to a webhook."))
    return found


def _failing(channel: Channel) -> Attention:
    return Attention("failing-channel", f"{channel.name}: {channel.last_error}", channel.failing_since, channel.pk)


def _reaches_nobody(channel: Channel) -> bool:
    return channel.kind == ChannelKind.EMAIL and not reached_by(channel)


def _reaching_nobody(channel: Channel) -> Attention:
    return Attention("reaches-nobody", f"{channel.name} reaches nobody.", None, channel.pk)


def _has_production_tokens(org: Organization) -> bool:
    in_production = Q(environment__tier=Tier.PRODUCTION) | Q(may_reveal_production=True)
    return AccessToken.objects.live().filter(in_production, org=org).exists()
