"""Limits and billing: what may be spent, what was, and a month's chargeback for owners."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gateway import exporting, queries
from gateway.metering import price_list
from gateway.models import Limit
from gateway.services.limits import Subject, remove_limit, set_limit
from gateway.views.limit_form import LimitForm
from gateway.views.rows import rows_of
from keyvault.console.desk import Desk, desk_in, page
from keyvault.errors import NotFound
from keyvault.flows.looking import look
from keyvault.forms import tried
from keyvault.secrets.models import Project
from orgs.permissions import Action
from tokens.models import AccessToken

_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
_MONTHS = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A limit, and how its budget stands where it has one."""

    limit: Limit
    standing: queries.Standing | None

    @property
    def name(self) -> str:
        of = self.limit.token or self.limit.project or self.limit.org
        return of.name

    @property
    def spent(self) -> str:
        return _money(self.standing.spent) if self.standing else ""

    @property
    def budget(self) -> str:
        return _money(self.limit.monthly_cents or self.limit.soft_cents or 0)


@login_required
@never_cache
@require_safe
def billing(request: HttpRequest, org: str) -> HttpResponse:
    """``by`` sums this month's spend."""
    desk = desk_in(request, org)
    look(actor=desk.actor, action=Action.LIST_LIMITS, on=desk.org.target, details={"of": "billing"})
    first = timezone.now().astimezone(dt.UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    by = request.GET.get("by", "") if request.GET.get("by", "") in ("project", "person", "token") else "project"
    limits = Limit.objects.visible_to(desk.actor).select_related("org", "project", "token").order_by("id")
    standing = {each.limit.pk: each for each in queries.budgets(desk.actor)}
    facts = {
        "lines": [Line(each, standing.get(each.pk)) for each in limits],
        "by": by,
        "bys": {"project": _("Project"), "person": _("Person"), "token": _("Token")},
        "rows": rows_of(desk.actor, by, queries.Asked(since=first)),
        "month": first,
        "months": _months(first) if desk.may(Action.EXPORT_CHARGEBACK) else [],
        "may_set": desk.may(Action.SET_LIMIT),
        "projects": list(Project.objects.visible_to(desk.actor).order_by("slug")),
        "currency": price_list().currency,
    }
    return page(request, desk, "gateway/billing.html", facts, at="billing")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def limit(request: HttpRequest, org: str) -> HttpResponse:
    """``?token=`` or ``?project=`` says of what; neither: of the organization."""
    desk = desk_in(request, org)
    subject = _subject(desk, request)
    set_already = _limit_of(desk, subject)
    form = LimitForm(request.POST if request.method == "POST" else None, limit=set_already)
    if not form.is_bound:
        look(actor=desk.actor, action=Action.SET_LIMIT, on=subject.target, details={"of": "form"})
    if tried(form, lambda: set_limit(actor=desk.actor, on=subject, bounds=form.bounds)) is None:
        facts = {"form": form, "subject": subject, "limit": set_already, "currency": price_list().currency}
        return page(request, desk, "gateway/limit.html", facts, at="billing", status=422 if form.is_bound else 200)
    messages.success(request, _("The limit is set."))
    return redirect("billing", org)


@login_required
@never_cache
@require_POST
def remove(request: HttpRequest, org: str, limit_id: UUID) -> HttpResponse:
    desk = desk_in(request, org)
    found = Limit.objects.visible_to(desk.actor).select_related("org", "project__org", "token__org").filter(pk=limit_id)
    one = found.first()
    if one is None:
        raise NotFound
    remove_limit(actor=desk.actor, limit=one)
    messages.success(request, _("The limit is lifted."))
    return redirect("billing", org)


@login_required
@never_cache
@require_safe
def chargeback(request: HttpRequest, org: str) -> HttpResponse:
    desk, month = desk_in(request, org), request.GET.get("month", "")
    if not _MONTH.fullmatch(month):
        raise NotFound
    look(actor=desk.actor, action=Action.EXPORT_CHARGEBACK, on=desk.org.target, details={"month": month})
    content = exporting.chargeback(desk.actor, dt.date.fromisoformat(f"{month}-01"))
    answer = HttpResponse(content, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="chargeback-{desk.org.slug}-{month}.csv"'
    return answer


def _money(cents: int) -> str:
    return f"{cents // 100:,}.{cents % 100:02}"


def _months(first: dt.datetime) -> list[dt.datetime]:
    months = [first]
    while len(months) < _MONTHS:
        months.append((months[-1] - dt.timedelta(days=1)).replace(day=1))
    return months


def _subject(desk: Desk, request: HttpRequest) -> Subject:
    found: Any = desk.org
    if slug := request.GET.get("project", ""):
        found = Project.objects.visible_to(desk.actor).filter(slug=slug).first()
    elif token := request.GET.get("token", ""):
        found = AccessToken.objects.visible_to(desk.actor).filter(pk=_uuid(token)).first()
    if found is None:
        raise NotFound
    subject: Subject = found
    return subject


def _limit_of(desk: Desk, subject: Subject) -> Limit | None:
    limits = Limit.objects.visible_to(desk.actor)
    if isinstance(subject, AccessToken):
        return limits.filter(token=subject.line_id or subject.pk).first()
    if isinstance(subject, Project):
        return limits.filter(project=subject).first()
    return limits.filter(token=None, project=None).first()


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
