"""The rows of this room."""

from alerts.models.alert import Alert, AlertState, Sighting
from alerts.models.channel import Channel, ChannelKind, Mode
from alerts.models.delivery import Delivery, DeliveryItem, DeliveryState
from alerts.models.rule import Calendar, Rule
from alerts.models.watch import Place, PlaceKind, Watch

__all__ = [
    "Alert",
    "AlertState",
    "Calendar",
    "Channel",
    "ChannelKind",
    "Delivery",
    "DeliveryItem",
    "DeliveryState",
    "Mode",
    "Place",
    "PlaceKind",
    "Rule",
    "Sighting",
    "Watch",
]
