"""Settings → Streams: where the organization's log is sent, how far it has come, and what keeps it."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from keyvault.console.desk import Desk, desk_in, page
from keyvault.errors import NotFound
from keyvault.flows.looking import look
from keyvault.flows.step_up import require_step_up
from keyvault.flows.streams.feeding import behind
from keyvault.flows.streams.models import Stream, StreamKind
from keyvault.flows.streams.services import MOST, create_stream, delete_stream
from keyvault.forms import tried
from orgs.access import require
from orgs.names import NAME_LIMIT
from orgs.permissions import Action


class _NotEchoed(forms.PasswordInput):
    """A line in clear that an answer never repeats: many services put a key into the address."""

    input_type = "text"


class StreamForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_LIMIT)
    kind = forms.TypedChoiceField(
        label=gettext_lazy("Kind"),
        coerce=StreamKind,
        choices=[
            (StreamKind.WEBHOOK.value, gettext_lazy("Webhook: signed, JSON lines")),
            (StreamKind.SYSLOG.value, gettext_lazy("Syslog over TLS (RFC 5424)")),
        ],
    )
    place = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=2000,
        widget=_NotEchoed(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("https://… for a webhook, host:port for syslog. It is not shown again, its host is."),
    )


@login_required
@never_cache
@require_safe
def streams(request: HttpRequest, org: str) -> HttpResponse:
    """Each is asked how far behind it is: five at most."""
    desk = desk_in(request, org)
    look(actor=desk.actor, action=Action.LIST_STREAMS, on=desk.org.target)
    rows = [(stream, behind(stream)) for stream in Stream.objects.visible_to(desk.actor)]
    facts = {
        "streams": rows,
        "may_create": desk.may(Action.CREATE_STREAM) and len(rows) < MOST,
        "may_delete": desk.may(Action.DELETE_STREAM),
        "most": MOST,
    }
    return page(request, desk, "console/streams.html", facts, at="settings")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_step_up
def new_stream(request: HttpRequest, org: str) -> HttpResponse:
    """A webhook's secret is in the answer to the POST that made it and nowhere else."""
    desk = desk_in(request, org)
    require(desk.actor, Action.CREATE_STREAM, desk.org.target)
    form = StreamForm(request.POST if request.method == "POST" else None)
    made = tried(form, lambda: create_stream(actor=desk.actor, org=desk.org, **form.cleaned_data))
    if made is None:
        status = 422 if form.is_bound else 200
        return page(request, desk, "console/new_stream.html", {"form": form}, at="settings", status=status)
    if made.secret:
        facts = {"stream": made.stream, "secret": made.secret}
        return page(request, desk, "console/stream_secret.html", facts, at="settings", status=201)
    messages.success(request, _("%(name)s begins with the log's first event.") % {"name": made.stream.name})
    return redirect("streams", org)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def end_stream(request: HttpRequest, org: str, stream_id: UUID) -> HttpResponse:
    desk = desk_in(request, org)
    require(desk.actor, Action.DELETE_STREAM, desk.org.target)
    stream = _known(desk, stream_id)
    if request.method != "POST":
        facts = {"stream": stream, "behind": behind(stream)}
        return page(request, desk, "console/delete_stream.html", facts, at="settings")
    delete_stream(actor=desk.actor, stream=stream)
    messages.success(request, _("%(name)s is deleted.") % {"name": stream.name})
    return redirect("streams", org)


def _known(desk: Desk, stream_id: UUID) -> Stream:
    row = Stream.objects.visible_to(desk.actor).select_related("org").filter(pk=stream_id).first()
    if row is None:
        raise NotFound
    return row
