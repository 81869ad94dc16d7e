"""What was used through the gateway: one's own for everybody, everybody's for those who may see it."""

import datetime as dt
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from gateway import exporting, queries
from gateway.api.usage_serializers import (
    ChargebackQuery,
    SummedQuery,
    TableSerializer,
    UsageQuery,
    UsageSerializer,
)
from gateway.metering import price_list
from keyvault.actor import Actor
from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.flows.looking import look, reach_of
from orgs.permissions import Action


class UsageView(Endpoint):
    """Summed by `by`: as a total, by hour, day, token, person, service, project, environment, provider or model.

    Members see what their own tokens used, a token what it used itself; admins and owners see all.
    """

    tag = "usage"

    @operation("get_usage", answers=UsageSerializer, query=SummedQuery)
    def get(self, request: Request) -> Response:
        said = self.asked(SummedQuery)
        by = said.pop("by")
        _look(self.actor, said | {"by": by})
        asked = queries.Asked(**said)
        summed, latencies = queries.summed(self.actor, by, asked), queries.latencies(self.actor, asked)
        shown = {"currency": price_list().currency, "results": summed, "latencies": latencies}
        return Response(UsageSerializer(shown).data)


class UsageTable(Endpoint):
    tag = "usage"

    @operation("export_usage", answers=TableSerializer, query=UsageQuery)
    def get(self, request: Request) -> Response:
        """The same by hour, token, provider and model as CSV, the newest 50,000 lines."""
        said = self.asked(UsageQuery)
        _look(self.actor, said | {"as": "csv"})
        content = exporting.usage(self.actor, queries.Asked(**said))
        return Response({"currency": price_list().currency, "content": content})


class Chargeback(Endpoint):
    tag = "usage"

    @operation("export_chargeback", answers=TableSerializer, query=ChargebackQuery)
    def get(self, request: Request) -> Response:
        """A month's spend by project, person or service, and token, as CSV."""
        month = self.asked(ChargebackQuery)["month"]
        look(actor=self.actor, action=Action.EXPORT_CHARGEBACK, on=reach_of(self.actor), details={"month": month})
        content = exporting.chargeback(self.actor, dt.date.fromisoformat(f"{month}-01"))
        return Response({"currency": price_list().currency, "content": content})


def _look(actor: Actor, said: dict[str, Any]) -> None:
    details = {name: str(value) for name, value in said.items()}
    look(actor=actor, action=Action.LIST_USAGE, on=reach_of(actor), details=details)
