"""Where alerts go: the channels, their trials and the latest messages."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alerts.attention import needing_attention
from alerts.models import Channel, ChannelKind, Delivery, DeliveryState
from alerts.services.channels import Made, change_channel, create_channel, delete_channel, replace_secret
from alerts.services.trying import redeliver, try_channel
from alerts.views.channel_forms import ChannelForm, MailForm, WebhookForm, form_of
from keyvault.console.desk import Desk, desk_in, page
from keyvault.errors import NotFound
from keyvault.flows.looking import look, look_at
from keyvault.forms import told, tried
from orgs.permissions import Action

_DELIVERIES = 30


@login_required
@never_cache
@require_safe
def channels(request: HttpRequest, org: str) -> HttpResponse:
    desk = desk_in(request, org)
    look(actor=desk.actor, action=Action.LIST_ALERT_CHANNELS, on=desk.org.target)
    sent = Delivery.objects.visible_to(desk.actor).select_related("channel", "membership__user")
    facts = {
        "channels": Channel.objects.visible_to(desk.actor),
        "deliveries": sent.prefetch_related("items")[:_DELIVERIES],
        "attention": needing_attention(desk.org),
    }
    return page(request, desk, "alerts/channels.html", facts, at="alerts")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_mail_channel(request: HttpRequest, org: str) -> HttpResponse:
    return _new(request, org, ChannelKind.EMAIL, MailForm(request.POST if request.method == "POST" else None))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_webhook_channel(request: HttpRequest, org: str) -> HttpResponse:
    """The secret is in the answer to the POST that made it and nowhere else."""
    return _new(request, org, ChannelKind.WEBHOOK, WebhookForm(request.POST if request.method == "POST" else None))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit_channel(request: HttpRequest, org: str, channel_id: UUID) -> HttpResponse:
    desk = desk_in(request, org)
    row = look_at(actor=desk.actor, action=Action.LIST_ALERT_CHANNELS, thing=_row(desk, channel_id))
    form = form_of(row, request.POST if request.method == "POST" else None)
    done = tried(form, lambda: change_channel(actor=desk.actor, channel=row, **form.cleaned_data))
    if done is None:
        status = 422 if form.is_bound else 200
        return page(request, desk, "alerts/channel.html", {"channel": row, "form": form}, at="alerts", status=status)
    messages.success(request, _("%(name)s is saved.") % {"name": done.name})
    return redirect("alert-channels", org)


@login_required
@require_POST
def send_test(request: HttpRequest, org: str, channel_id: UUID) -> HttpResponse:
    desk = desk_in(request, org)
    delivery = try_channel(actor=desk.actor, channel=_known(desk, channel_id))
    if delivery.state == DeliveryState.SENT:
        messages.success(request, _("The test was taken."))
    else:
        messages.error(request, _("The test did not arrive. %(why)s") % {"why": delivery.last_error})
    return redirect("alert-channels", org)


@login_required
@never_cache
@require_POST
def new_secret(request: HttpRequest, org: str, channel_id: UUID) -> HttpResponse:
    desk = desk_in(request, org)
    return _shown(request, desk, replace_secret(actor=desk.actor, channel=_known(desk, channel_id)))


@login_required
@require_POST
def remove_channel(request: HttpRequest, org: str, channel_id: UUID) -> HttpResponse:
    desk = desk_in(request, org)
    row = _known(desk, channel_id)
    done = _("%(name)s is deleted.") % {"name": row.name}
    told(request, None, lambda: delete_channel(actor=desk.actor, channel=row), done)
    return redirect("alert-channels", org)


@login_required
@require_POST
def send_again(request: HttpRequest, org: str, delivery_id: UUID) -> HttpResponse:
    desk = desk_in(request, org)
    rows = Delivery.objects.visible_to(desk.actor).select_related("org", "channel", "membership__user")
    row = rows.filter(pk=delivery_id).first()
    if row is None:
        raise NotFound
    told(request, None, lambda: redeliver(actor=desk.actor, delivery=row), _("The message is on its way again."))
    return redirect("alert-channels", org)


def _new(request: HttpRequest, org: str, kind: ChannelKind, form: ChannelForm) -> HttpResponse:
    desk = desk_in(request, org)
    if not form.is_bound:
        look(actor=desk.actor, action=Action.LIST_ALERT_CHANNELS, on=desk.org.target, details={"of": "new"})
    made = tried(form, lambda: create_channel(actor=desk.actor, org=desk.org, kind=kind.value, **form.cleaned_data))
    if made is None:
        status = 422 if form.is_bound else 200
        return page(request, desk, "alerts/new_channel.html", {"kind": kind, "form": form}, at="alerts", status=status)
    if made.secret:
        return _shown(request, desk, made)
    messages.success(request, _("%(name)s is made. Send a test.") % {"name": made.channel.name})
    return redirect("alert-channels", org)


def _shown(request: HttpRequest, desk: Desk, made: Made) -> HttpResponse:
    return page(
        request, desk, "alerts/secret.html", {"channel": made.channel, "secret": made.secret}, at="alerts", status=201
    )


def _row(desk: Desk, channel_id: UUID) -> Channel | None:
    return Channel.objects.visible_to(desk.actor).select_related("org").filter(pk=channel_id).first()


def _known(desk: Desk, channel_id: UUID) -> Channel:
    row = _row(desk, channel_id)
    if row is None:
        raise NotFound
    return row
