"""Models: the price list that the gateway charges by, and what was used in 30 days, the unpriced ones among it."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest
from django.utils import timezone

from accounts.platform import PlatformAct
from gateway.exporting import money
from gateway.metering import price_list
from gateway.models import Hour
from gateway.usage.prices import MILLION, Price, PriceList
from keyvault.admin import cells
from keyvault.admin.parts import Cell, Detail, Facts, Table
from keyvault.admin.single import SinglePage

_DAYS = 30
_MOST = 200


class ModelsPage(SinglePage):
    see = PlatformAct.SEE_MODELS
    label, one = "Models and prices", "model"
    about = "What models cost, which were used, and which of them have no price"

    def look(self, request: HttpRequest) -> Detail:
        prices = price_list()
        facts: list[tuple[str, Cell]] = [
            ("Dated", prices.dated or cells.NOTHING),
            ("Currency", prices.currency),
            ("From", "KEYVAULT_GATEWAY_PRICES" if settings.KEYVAULT_GATEWAY_PRICES else "the list of this version"),
        ]
        return Detail(self.label, facts=[Facts("Price list", facts)], tables=[_used(prices), _priced(prices)])


def _used(prices: PriceList) -> Table:
    hours = Hour.objects.filter(hour__gte=timezone.now() - dt.timedelta(days=_DAYS)).exclude(model="")
    summed: Any = hours.values("provider", "model").annotate(
        requests=Sum("requests"), tokens_in=Sum("tokens_in"), tokens_out=Sum("tokens_out"), spend=Sum("spend")
    )
    rows: list[list[Cell]] = [
        [
            each["provider"],
            cells.code(each["model"]),
            f"{each['requests']:,}",
            f"{each['tokens_in']:,}",
            f"{each['tokens_out']:,}",
            money(each["spend"])[:-4],
            _has_price(prices, each["provider"], each["model"]),
        ]
        for each in summed.order_by("-requests")[:_MOST]
    ]
    columns = ("Provider", "Model", "Requests", "Tokens in", "Tokens out", prices.currency, "Price")
    return Table("Used in 30 days", columns, rows, "No model was asked.", "Without a price a hard budget refuses it.")


def _has_price(prices: PriceList, provider: str, model: str) -> Cell:
    return cells.badge("Listed", "ok") if prices.find(provider, model) else cells.badge("None", "warn")


def _priced(prices: PriceList) -> Table:
    exact = [(provider, name, price) for (provider, name), price in prices.exact.items()]
    beginnings = [(provider, f"{name}*", price) for provider, all_ in prices.beginnings.items() for name, price in all_]
    rows = [_row(*each) for each in sorted(exact + beginnings, key=lambda each: each[:2])]
    columns = ("Provider", "Model", "Input", "Cached", "Output", "Context", "Most output")
    return Table("Prices", columns, rows, note=f"{prices.currency} for a million tokens.")


def _row(provider: str, name: str, price: Price) -> list[Cell]:
    rates = (price.rates.input, price.rates.cached, price.rates.output)
    costs = [f"{(Decimal(rate) / MILLION).normalize():f}" for rate in rates]
    return [provider, cells.code(name), *costs, f"{price.context:,}", f"{price.output_limit:,}"]
