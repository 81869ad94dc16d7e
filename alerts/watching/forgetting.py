"""What nobody asks for any more. Alerts and what they link to stay as long as their organization."""

import datetime as dt

from django.utils import timezone

from alerts.models import Delivery, DeliveryState, Place, Sighting
from tokens.models import AccessToken, TokenState

SIGHTINGS_KEPT = dt.timedelta(days=30)
DELIVERIES_KEPT = dt.timedelta(days=90)


def forget() -> None:
    now = timezone.now()
    Sighting.objects.filter(alert=None, at__lt=now - SIGHTINGS_KEPT).delete()
    Delivery.objects.exclude(state=DeliveryState.WAITING).filter(created_at__lt=now - DELIVERIES_KEPT).delete()
    over = AccessToken.objects.filter(state=TokenState.REVOKED, revoked_at__lt=now - SIGHTINGS_KEPT)
    Place.objects.filter(token__in=over.values("pk")).delete()
