"""Messages of alerts on their way: whether they were taken, how often they were tried, and why not."""

from functools import partial
from typing import Any

from django.contrib.admin import display
from django.db.models import Q
from django.http import HttpRequest
from django.utils.safestring import SafeString

from accounts.platform import PlatformAct
from alerts.models import Delivery, DeliveryState
from keyvault.admin import cells
from keyvault.admin.cells import Tone
from keyvault.admin.filters import Choice
from keyvault.admin.page import OperatorPage
from keyvault.admin.parts import Cell, Detail, Facts

_TONES: dict[str, Tone] = {
    DeliveryState.WAITING: "warn",
    DeliveryState.SENT: "ok",
    DeliveryState.DEAD: "danger",
}


class StateFilter(Choice):
    title = "state"
    parameter_name = "state"
    options = {state.value: (state.label, partial(Q, state=state)) for state in DeliveryState}


class DeliveriesPage(OperatorPage):
    """What a message says is its organization's; an operator sees whether messages go out at all."""

    see = PlatformAct.SEE_DELIVERIES
    label, one = "Deliveries", "delivery"
    about = "Messages of alerts: whether they were taken, how often they were tried, and why not"

    list_display = ("made", "status", "to", "organization", "attempts", "error")
    list_filter = (StateFilter,)
    search_fields = ("org__name", "channel__name")
    search_help_text = "Organisation or channel"
    list_select_related = ("org", "channel", "membership__user")
    ordering = ("-id",)

    @display(description="Made", ordering="id")
    def made(self, delivery: Delivery) -> SafeString:
        return cells.moment(delivery.created_at)

    @display(description="State", ordering="state")
    def status(self, delivery: Delivery) -> SafeString:
        return cells.badge(delivery.get_state_display(), _TONES[delivery.state])

    @display(description="To")
    def to(self, delivery: Delivery) -> Cell:
        return _to(delivery)

    @display(description="Organisation", ordering="org__name")
    def organization(self, delivery: Delivery) -> Cell:
        return delivery.org.name

    @display(description="Not taken because")
    def error(self, delivery: Delivery) -> Cell:
        return delivery.last_error or cells.NOTHING

    def rows_in_detail(self, request: HttpRequest) -> Any:
        return self.get_queryset(request).select_related(*self.list_select_related)

    def detail(self, request: HttpRequest, row: Delivery) -> Detail:
        return Detail(title=f"To {_to(row)}", subtitle=self.status(row), facts=[Facts("Message", _facts(row))])


def _facts(delivery: Delivery) -> list[tuple[str, Cell]]:
    return [
        ("Organisation", delivery.org.name),
        ("Alerts in it", "a test" if delivery.test else delivery.items.count()),
        ("Made", cells.moment(delivery.created_at)),
        ("First tried", cells.moment(delivery.first_tried_at)),
        ("Tries", delivery.attempts),
        ("Due", cells.moment(delivery.due_at)),
        ("Taken", cells.moment(delivery.sent_at)),
        ("Not taken because", delivery.last_error or cells.NOTHING),
    ]


def _to(delivery: Delivery) -> str:
    """A channel by its kind and name, never by its address."""
    if delivery.channel is not None:
        return f"{delivery.channel.name} ({delivery.channel.get_kind_display()})"
    return delivery.membership.user.email if delivery.membership else ""
