"""What the clock ends of tokens: offers that nobody opened, and rows of tokens that expired long ago."""

import datetime as dt

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from audit.services import JSON, record
from keyvault.actor import Actor
from orgs.models import Organization
from tokens.models import AccessToken
from tokens.querysets import TokenQuerySet
from tokens.services.revoking import revoke_held, with_descendants
from tokens.services.standing import read_tokens

OFFER_OPEN = dt.timedelta(days=14)
EXPIRED_SHOWN = dt.timedelta(days=30)
"""So long an expired token is listed as expired, and its holder told so; then it is revoked like any other."""

EXPIRY_DUE = "token:expiry-due"
EXPIRY_DAYS = (30, 14, 7, 1)


def unopened_offers() -> TokenQuerySet:
    """Their value was seen by nobody."""
    return AccessToken.objects.unrevoked().filter(
        sealed__offered_to__isnull=False, sealed__created_at__lte=timezone.now() - OFFER_OPEN
    )


def long_expired_tokens() -> TokenQuerySet:
    return AccessToken.objects.unrevoked().filter(expires_at__lte=timezone.now() - EXPIRED_SHOWN)


def expiring_tokens(days: int) -> TokenQuerySet:
    """They end within so many days, and nothing follows them; one that was made for no longer is no news yet."""
    now, ahead = timezone.now(), dt.timedelta(days=days)
    ending = AccessToken.objects.live(now).filter(expires_at__lte=now + ahead, replaced_by=None)
    return ending.filter(expires_at__gt=F("created_at") + ahead)


def end_offer(*, actor: Actor, token: AccessToken) -> bool:
    return _end(actor, unopened_offers(), token, "the offer was not opened")


def end_expired_token(*, actor: Actor, token: AccessToken) -> bool:
    return _end(actor, long_expired_tokens(), token, "expired")


def remind_of_expiry(*, actor: Actor, token: AccessToken, days: int) -> None:
    """The event that an alert is made of; in the transaction that notes that it was said."""
    details: dict[str, JSON] = {"days": days, "expires_at": token.expires_at.isoformat(timespec="seconds")}
    record(EXPIRY_DUE, actor=actor, on=token.target, details=details)


def _end(actor: Actor, due: TokenQuerySet, token: AccessToken, cause: str) -> bool:
    """False where it is not due any more."""
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=token.org_id)
        found = read_tokens(due.filter(pk=token.pk))
        revoke_held(actor, with_descendants(found), cause)
    return bool(found)
