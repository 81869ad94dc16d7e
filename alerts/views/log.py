"""The alerts of the organization, and one of them with its events."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from alerts.attention import needing_attention
from alerts.models import Alert
from alerts.services.answering import NOTE_LIMIT, acknowledge_alert, resolve_alert
from audit.models import Event
from keyvault.console.desk import Desk, desk_in, page
from keyvault.errors import NotFound
from keyvault.flows.looking import look, look_at
from keyvault.forms import told
from orgs.permissions import Action

_PAGE = 50
_EVENTS = 100


class NoteForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=NOTE_LIMIT, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


@login_required
@never_cache
@require_safe
def alerts(request: HttpRequest, org: str) -> HttpResponse:
    desk = desk_in(request, org)
    look(actor=desk.actor, action=Action.LIST_ALERTS, on=desk.org.target)
    everything = request.GET.get("show") == "all"
    rows = Alert.objects.visible_to(desk.actor)
    shown = Paginator(rows if everything else rows.unresolved(), _PAGE).get_page(request.GET.get("page"))
    facts = {"alerts": shown, "everything": everything, "attention": needing_attention(desk.org)}
    return page(request, desk, "alerts/log.html", facts, at="alerts")


@login_required
@never_cache
@require_safe
def alert(request: HttpRequest, org: str, alert_id: UUID) -> HttpResponse:
    desk = desk_in(request, org)
    row = look_at(actor=desk.actor, action=Action.LIST_ALERTS, thing=_row(desk, alert_id))
    found = list(row.sightings.order_by("-at", "-id").values_list("event", flat=True)[:_EVENTS])
    # What concerns everybody was found in the installation's own log, which no organization reads.
    readable = Event.objects.visible_to(desk.actor).filter(pk__in=found) if found else Event.objects.none()
    facts: dict[str, Any] = {"alert": row, "events": list(readable), "found": len(found), "form": NoteForm()}
    return page(request, desk, "alerts/alert.html", facts, at="alerts")


@login_required
@require_POST
def acknowledge(request: HttpRequest, org: str, alert_id: UUID) -> HttpResponse:
    return _said(request, org, alert_id, acknowledge_alert, _("The alert is acknowledged."))


@login_required
@require_POST
def resolve(request: HttpRequest, org: str, alert_id: UUID) -> HttpResponse:
    return _said(request, org, alert_id, resolve_alert, _("The alert is resolved."))


def _said(request: HttpRequest, org: str, alert_id: UUID, act: Callable[..., Alert], done: str) -> HttpResponse:
    desk, form = desk_in(request, org), NoteForm(request.POST)
    row = _row(desk, alert_id)
    if row is None:
        raise NotFound
    told(request, form, lambda: act(actor=desk.actor, alert=row, **form.cleaned_data), done)
    return redirect("alert", org, alert_id)


def _row(desk: Desk, alert_id: UUID) -> Alert | None:
    return Alert.objects.visible_to(desk.actor).select_related("org").filter(pk=alert_id).first()
