"""Channels: made, changed, given another secret, deleted."""

from collections.abc import Collection
from dataclasses import dataclass, field

from alerts.catalogue import Severity
from alerts.models import Channel, ChannelKind, Mode
from alerts.sending.webhook import new_secret
from alerts.services.channel_facts import (
    clean_address,
    clean_kinds,
    clean_recipients,
    clean_tiers,
    require_one_of,
)
from audit.services import JSON, record
from keyvault.actor import Actor
from keyvault.errors import Conflict, NotFound
from orgs.access import changing_rights
from orgs.models import Organization
from orgs.names import clean_name, invalid
from orgs.permissions import Action

MOST = 20  # channels of an organization


@dataclass(frozen=True, slots=True)
class Made:
    """``secret`` of a webhook: the only time that it is shown."""

    channel: Channel
    secret: str = field(default="", repr=False)


def create_channel(
    *,
    actor: Actor,
    org: Organization,
    kind: str,
    name: str,
    url: str = "",
    recipients: Collection[str] = (),
    mode: str = Mode.AT_ONCE.value,
    least: str = Severity.WARNING.value,
    kinds: Collection[str] = (),
    tiers: Collection[str] = (),
) -> Made:
    """Mail without ``recipients`` goes to owners and admins. Raises Invalid, and Conflict for a name that is taken."""
    require_one_of("kind", kind, ChannelKind.values)
    webhook = kind == ChannelKind.WEBHOOK
    if webhook and recipients:
        raise invalid("recipients", "A webhook has an address and no recipients.")
    if url and not webhook:
        raise invalid("url", "Mail has recipients and no address.")
    channel = Channel(org=org, kind=kind, name=clean_name(name), created_by=actor.name[:254])
    _set_facts(channel, mode=mode, least=least, kinds=kinds, tiers=tiers)
    secret = new_secret() if webhook else ""
    if webhook:
        channel.url, channel.host = clean_address(url)
        channel.secret = secret
    with changing_rights(actor, Action.CREATE_ALERT_CHANNEL, org.target) as held:
        channel.recipients = clean_recipients(org, recipients)
        _require_room(org)
        _require_free_name(channel)
        channel.save(force_insert=True)
        record(Action.CREATE_ALERT_CHANNEL, actor=held, on=channel.target, details=_facts(channel))
    return Made(channel, secret)


def change_channel(
    *,
    actor: Actor,
    channel: Channel,
    name: str | None = None,
    enabled: bool | None = None,
    url: str | None = None,
    recipients: Collection[str] | None = None,
    mode: str | None = None,
    least: str | None = None,
    kinds: Collection[str] | None = None,
    tiers: Collection[str] | None = None,
) -> Channel:
    """Changes what is given. Raises as :func:`create_channel`."""
    with changing_rights(actor, Action.CHANGE_ALERT_CHANNEL, channel.target) as held:
        row = _held(channel)
        before, moved = _facts(row), False
        if name is not None:
            row.name = clean_name(name)
            _require_free_name(row)
        if enabled is not None:
            row.enabled = enabled
        if url:
            moved = _move(row, url)
        if recipients is not None:
            _require_mail(row, recipients)
            row.recipients = clean_recipients(row.org, recipients)
        _set_facts(row, mode=mode, least=least, kinds=kinds, tiers=tiers)
        row.save()
        changes: dict[str, JSON] = {
            key: {"from": before[key], "to": value} for key, value in _facts(row).items() if before[key] != value
        }
        if changes or moved:
            record(Action.CHANGE_ALERT_CHANNEL, actor=held, on=row.target, details={**changes, "moved": moved})
    return row


def replace_secret(*, actor: Actor, channel: Channel) -> Made:
    """Of a webhook; the next attempt, of whatever delivery, is signed with the new one."""
    with changing_rights(actor, Action.CHANGE_ALERT_CHANNEL, channel.target) as held:
        row = _held(channel)
        if row.kind != ChannelKind.WEBHOOK:
            raise Conflict("Mail is not signed.", rule="channel-has-no-secret")
        secret = new_secret()
        row.secret = secret
        row.save(update_fields=["secret"])
        record(Action.CHANGE_ALERT_CHANNEL, actor=held, on=row.target, details={"secret": "replaced"})
    return Made(row, secret)


def delete_channel(*, actor: Actor, channel: Channel) -> None:
    """With its deliveries. The default one can be switched off, not deleted."""
    with changing_rights(actor, Action.DELETE_ALERT_CHANNEL, channel.target) as held:
        row = _held(channel)
        if row.is_default:
            raise Conflict("Every organization keeps this channel.", rule="default-channel", remedy="Switch it off.")
        target = row.target
        row.delete()
        record(Action.DELETE_ALERT_CHANNEL, actor=held, on=target, details={"kind": row.kind})


def _held(channel: Channel) -> Channel:
    rows = Channel.objects.select_for_update(of=("self",)).select_related("org")
    row = rows.filter(pk=channel.pk, org_id=channel.org_id).first()
    if row is None:
        raise NotFound
    return row


def _set_facts(
    channel: Channel,
    *,
    mode: str | None,
    least: str | None,
    kinds: Collection[str] | None,
    tiers: Collection[str] | None,
) -> None:
    if mode is not None:
        channel.mode = require_one_of("mode", mode, Mode.values)
    if least is not None:
        channel.least = require_one_of("least", least, list(Severity))
    if kinds is not None:
        channel.kinds = clean_kinds(kinds)
    if tiers is not None:
        channel.tiers = clean_tiers(tiers)
    if channel.kind == ChannelKind.WEBHOOK and channel.mode == Mode.DAILY:
        raise invalid("mode", "Webhooks are sent at once.")


def _move(channel: Channel, url: str) -> bool:
    if channel.kind != ChannelKind.WEBHOOK:
        raise invalid("url", "Mail has recipients and no address.")
    channel.url, channel.host = clean_address(url)
    channel.failing_since, channel.last_error = None, ""
    return True


def _require_mail(channel: Channel, recipients: Collection[str]) -> None:
    if channel.kind != ChannelKind.EMAIL and recipients:
        raise invalid("recipients", "A webhook has an address and no recipients.")
    if channel.is_default and recipients:
        raise invalid("recipients", "The default channel reaches owners and admins. Create another one.")


def _require_room(org: Organization) -> None:
    if Channel.objects.filter(org=org).count() >= MOST:
        raise Conflict(f"An organization has at most {MOST} channels.", rule="too-many-channels")


def _require_free_name(channel: Channel) -> None:
    if Channel.objects.filter(org_id=channel.org_id, name=channel.name).exclude(pk=channel.pk).exists():
        raise Conflict("Another channel has this name.", rule="name-taken", remedy="", extra={"field": "name"})


def _facts(channel: Channel) -> dict[str, JSON]:
    """Without the address, which may hold a key."""
    return {
        "kind": channel.kind,
        "name": channel.name,
        "enabled": channel.enabled,
        "mode": channel.mode,
        "least": channel.least,
        "kinds": list(channel.kinds),
        "tiers": list(channel.tiers),
        "recipients": list(channel.recipients),
        "host": channel.host,
    }
