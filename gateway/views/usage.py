"""Gateway usage: four figures, bars by hour or day, the same by token, project, … and why requests were refused."""

import datetime as dt
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gateway import exporting, queries
from gateway.metering import price_list
from gateway.usage.latency import BOUNDS
from gateway.views.chart import Bar, drawn
from gateway.views.period import DAYS, Period
from gateway.views.rows import Row, rows_of
from keyvault.console.desk import Desk, desk_in, page
from keyvault.flows.looking import look
from keyvault.secrets.models import Project
from orgs.permissions import Action

BY: Final[dict[str, str | Promise]] = {
    "token": gettext_lazy("Token"),
    "person": gettext_lazy("Person"),
    "service": gettext_lazy("Service"),
    "project": gettext_lazy("Project"),
    "provider": gettext_lazy("Provider"),
    "model": gettext_lazy("Model"),
}


@login_required
@never_cache
@require_safe
def usage(request: HttpRequest, org: str) -> HttpResponse:
    """``days``, ``by`` and ``project`` choose. A member sees what the own tokens used, admins all."""
    desk, period = desk_in(request, org), Period.read(request.GET)
    by = request.GET.get("by", "") if request.GET.get("by", "") in BY else "token"
    projects = list(Project.objects.visible_to(desk.actor).order_by("slug"))
    project = next((each for each in projects if each.slug == request.GET.get("project", "")), None)
    asked = queries.Asked(since=period.since, project=project.pk if project else None)
    _look(desk, period, by)
    bars = _bars(desk, period, asked)
    facts = {
        "period": period,
        "days": DAYS,
        "by": by,
        "bys": BY,
        "projects": projects,
        "project": project,
        "total": Row("", None, queries.summed(desk.actor, "total", asked)[0]),
        "slow": _slow(queries.latencies(desk.actor, asked)),
        "bars": bars,
        "chart": drawn(bars, _("Requests by hour") if period.days == 1 else _("Requests by day")),
        "rows": rows_of(desk.actor, by, asked),
        "refusals": _refusals(desk, period),
        "currency": price_list().currency,
        "gateway": settings.KEYVAULT_GATEWAY_URL,
    }
    return page(request, desk, "gateway/usage.html", facts, at="usage", fragment="gateway/_usage.html")


@login_required
@never_cache
@require_safe
def export(request: HttpRequest, org: str) -> HttpResponse:
    desk, period = desk_in(request, org), Period.read(request.GET)
    _look(desk, period, "csv")
    content = exporting.usage(desk.actor, queries.Asked(since=period.since))
    answer = HttpResponse(content, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="usage-{desk.org.slug}-{period.days}-days.csv"'
    return answer


def _look(desk: Desk, period: Period, by: str) -> None:
    look(actor=desk.actor, action=Action.LIST_USAGE, on=desk.org.target, details={"days": period.days, "by": by})


def _bars(desk: Desk, period: Period, asked: queries.Asked) -> list[Bar]:
    """One for each hour or day, those without any included."""
    found = {row["key"]: row for row in queries.summed(desk.actor, period.by, asked)}
    return [_bar(moment, period, found.get(moment)) for moment in period.moments]


def _bar(moment: dt.datetime, period: Period, row: dict[str, Any] | None) -> Bar:
    label = date_format(moment, "H:i" if period.days == 1 else "j M")
    failed = row["errors"] if row else 0
    return Bar(label, (row["requests"] if row else 0) - failed, failed)


def _slow(counts: list[int]) -> str:
    """What 95 of 100 requests took at most, as far as the buckets tell."""
    seen, bar = 0, sum(counts) * 0.95
    for count, bound in zip(counts, BOUNDS, strict=False):
        seen += count
        if seen >= bar:
            return f"{bound} ms" if bound < 1000 else f"{bound // 1000} s"
    return f"> {BOUNDS[-1] // 1000} s"


def _refusals(desk: Desk, period: Period) -> list[dict[str, Any]] | None:
    """None for who may not read the log. ``words`` are the rule's, ``share`` is of the most frequent."""
    if not desk.may(Action.LIST_EVENTS):
        return None
    found = queries.refusals(desk.actor, period.since, timezone.now())
    most = max((each["events"] for each in found), default=1)
    return [
        {**each, "words": each["rule"].replace("-", " ").capitalize(), "share": 100 * each["events"] // most}
        for each in found
    ]
