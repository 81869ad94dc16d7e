"""Limits and budgets of all organizations: what is set, and what of it is spent this month."""

from django.http import HttpRequest

from accounts.platform import PlatformAct
from gateway.metering import price_list
from gateway.models import Limit
from gateway.queries import Standing, standing_of
from keyvault.admin import cells
from keyvault.admin.parts import Cell, Detail, Table
from keyvault.admin.single import SinglePage

_MOST = 500
_NONE = "–"


class BudgetsPage(SinglePage):
    see = PlatformAct.SEE_BUDGETS
    label, one = "Limits and budgets", "limit"
    about = "What organisations, projects and tokens may use, and what they spent"

    def look(self, request: HttpRequest) -> Detail:
        return Detail(self.label, tables=[_limits()])


def subject(limit: Limit) -> Cell:
    if limit.token:
        return f"token {limit.token.name}"
    return f"project {limit.project.slug}" if limit.project else "the organisation"


def _limits() -> Table:
    limits = Limit.objects.select_related("org", "project", "token").order_by("org__slug", "pk")
    columns = ("Organisation", "Of", "Spent", "Soft", "Hard", "State", "Requests/min", "Tokens/min", "At once")
    note = f"This month, in {price_list().currency}."
    return Table("Limits", columns, [_row(each) for each in standing_of(list(limits[:_MOST]))], "None is set.", note)


def _row(standing: Standing) -> list[Cell]:
    limit = standing.limit
    return [
        cells.organization(limit.org),
        subject(limit),
        _cents(standing.spent),
        _cents(limit.soft_cents),
        _cents(limit.monthly_cents),
        _state(standing),
        *(_NONE if rate is None else f"{rate:,}" for rate in (limit.requests_per_minute, limit.tokens_per_minute)),
        _NONE if limit.concurrent is None else limit.concurrent,
    ]


def _state(standing: Standing) -> Cell:
    if standing.is_used_up:
        return cells.badge("Used up", "danger")
    return cells.badge("Over the soft one", "warn") if standing.is_over_soft else cells.badge("Within", "ok")


def _cents(cents: int | None) -> str:
    return _NONE if cents is None else f"{cents // 100:,}.{cents % 100:02}"
