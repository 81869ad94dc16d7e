"""The ticket in the mail to a token's owner.

It names an alert and a membership and gives no right by itself: whoever follows it must be signed in as that member.
"""

from dataclasses import dataclass
from uuid import UUID

from django.core import signing

from alerts.models import Alert
from keyvault.errors import NotFound
from orgs.models import Membership

DAYS = 14

_PURPOSE = "alerts.answer"


@dataclass(frozen=True, slots=True)
class Ticket:
    alert: UUID
    membership: UUID


def ticket_for(alert: Alert, membership: Membership) -> str:
    return signing.TimestampSigner(salt=_PURPOSE).sign(f"{alert.pk.hex}.{membership.pk.hex}")


def read_ticket(text: str) -> Ticket:
    """Raises NotFound for what is forged, made for something else, or too old."""
    try:
        signed = signing.TimestampSigner(salt=_PURPOSE).unsign(text, max_age=DAYS * 24 * 3600)
        alert, membership = map(UUID, signed.split("."))
    except (signing.BadSignature, ValueError):
        raise NotFound(
            "The link is not valid any more.", remedy="The alert stands in the organization's log."
        ) from None
    return Ticket(alert, membership)
