"""Whom a mail reaches, as it is when the mail is sent: who has left gets nothing, whatever a channel names."""

from collections.abc import Iterable
from uuid import UUID

from alerts.models import Channel, Delivery
from keyvault.actor import Role
from orgs.models import Domain, Membership


def recipients_of(delivery: Delivery) -> list[str]:
    if delivery.membership_id:
        members = Membership.objects.acting().filter(org_id=delivery.org_id, pk=delivery.membership_id)
        return list(members.values_list("user__email", flat=True))
    return reached_by(delivery.channel) if delivery.channel else []


def reached_by(channel: Channel) -> list[str]:
    """Owners and admins, where no addresses are named."""
    if channel.recipients:
        return admitted_of(channel.org_id, channel.recipients)
    members = Membership.objects.acting().filter(org_id=channel.org_id, role__in=[Role.OWNER, Role.ADMIN])
    return sorted(members.values_list("user__email", flat=True))


def admitted_of(org_id: UUID, addresses: Iterable[str]) -> list[str]:
    """Those of members and of mail domains that the organization has proven: alerts go to nobody else."""
    members = Membership.objects.acting().filter(org_id=org_id).values_list("user__email", flat=True)
    own = {email.casefold() for email in members}
    domains = set(Domain.objects.filter(org_id=org_id).proven().values_list("name", flat=True))
    return [each for each in addresses if each.casefold() in own or each.rpartition("@")[2].lower() in domains]
