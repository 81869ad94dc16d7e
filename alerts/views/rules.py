"""The rules, one of them to change, and the working hours."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from alerts.calendars import calendar_of
from alerts.rules import rules_of
from alerts.services.calendars import change_calendar
from alerts.services.rules import change_rule, kind_named
from alerts.views.rule_forms import CalendarForm, RuleForm
from keyvault.console.desk import desk_in, page
from keyvault.flows.looking import look
from keyvault.forms import tried
from orgs.permissions import Action


@login_required
@never_cache
@require_safe
def rules(request: HttpRequest, org: str) -> HttpResponse:
    desk = desk_in(request, org)
    look(actor=desk.actor, action=Action.LIST_ALERTS, on=desk.org.target, details={"of": "rules"})
    facts = {"rules": list(rules_of(desk.org.pk).values()), "calendar": calendar_of(desk.org.pk)}
    return page(request, desk, "alerts/rules.html", facts, at="alerts")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit_rule(request: HttpRequest, org: str, kind: str) -> HttpResponse:
    desk, known = desk_in(request, org), kind_named(kind)
    rule = rules_of(desk.org.pk)[known]
    form = RuleForm(request.POST if request.method == "POST" else None, rule=rule)
    if not form.is_bound:
        look(actor=desk.actor, action=Action.LIST_ALERTS, on=desk.org.target, details={"of": "rules"})
    done = tried(form, lambda: change_rule(actor=desk.actor, org=desk.org, kind=kind, **form.cleaned_data))
    if done is None:
        status = 422 if form.is_bound else 200
        return page(request, desk, "alerts/rule.html", {"rule": rule, "form": form}, at="alerts", status=status)
    messages.success(request, _("%(title)s is saved.") % {"title": rule.standard.title})
    return redirect("alert-rules", org)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest, org: str) -> HttpResponse:
    desk = desk_in(request, org)
    form = CalendarForm(request.POST if request.method == "POST" else None, calendar=calendar_of(desk.org.pk))
    if not form.is_bound:
        look(actor=desk.actor, action=Action.LIST_ALERTS, on=desk.org.target, details={"of": "calendar"})
    done = tried(form, lambda: change_calendar(actor=desk.actor, org=desk.org, **form.cleaned_data))
    if done is None:
        return page(
            request, desk, "alerts/calendar.html", {"form": form}, at="alerts", status=422 if form.is_bound else 200
        )
    messages.success(request, _("The working hours are saved."))
    return redirect("alert-rules", org)
