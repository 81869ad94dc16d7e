"""Composite foreign keys: no alert, channel or delivery points into another organization."""

from django.db import migrations

from keyvault.composite import CompositeKey

KEYS = (
    CompositeKey("alerts_sighting", "alert_id", "alerts_alert"),
    CompositeKey("alerts_delivery", "channel_id", "alerts_channel"),
    CompositeKey("alerts_delivery", "membership_id", "orgs_membership"),
    CompositeKey("alerts_deliveryitem", "delivery_id", "alerts_delivery"),
    CompositeKey("alerts_deliveryitem", "alert_id", "alerts_alert"),
)


class Migration(migrations.Migration):
    dependencies = [("alerts", "0001_initial"), ("orgs", "0008_people_come_and_go")]

    operations = [key.operation() for key in KEYS]
