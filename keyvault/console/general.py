"""Settings → General: the organization's name, and every page of settings that the member's role opens."""

from collections.abc import Iterator
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from keyvault.console.desk import Desk, desk_in, page
from keyvault.flows.looking import look
from keyvault.forms import tried
from orgs.names import NAME_LIMIT
from orgs.permissions import Action
from orgs.services.organizations import rename_organization


class NameForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=NAME_LIMIT,
        help_text=gettext_lazy("Members see it at once. Events keep the address, so the log reads as before."),
    )


@dataclass(frozen=True, slots=True)
class Place:
    title: str
    about: str
    address: str


@login_required
@never_cache
@require_safe
def settings(request: HttpRequest, org: str) -> HttpResponse:
    desk = desk_in(request, org)
    look(actor=desk.actor, action=Action.VIEW_ORGANIZATION, on=desk.org.target, details={"of": "settings"})
    return _page(request, desk, NameForm(initial={"name": desk.org.name}))


@login_required
@never_cache
@require_POST
def rename(request: HttpRequest, org: str) -> HttpResponse:
    desk, form = desk_in(request, org), NameForm(request.POST)
    renamed = tried(form, lambda: rename_organization(actor=desk.actor, org=desk.org, **form.cleaned_data))
    if renamed is None:
        return _page(request, desk, form, status=422)
    messages.success(request, _("The organisation is called %(name)s now.") % {"name": renamed.name})
    return redirect("settings", org)


def _page(request: HttpRequest, desk: Desk, form: NameForm, status: int = 200) -> HttpResponse:
    facts = {"form": form, "may_rename": desk.may(Action.RENAME_ORGANIZATION), "places": list(_places(desk))}
    return page(request, desk, "console/settings.html", facts, at="settings", status=status)


def _places(desk: Desk) -> Iterator[Place]:
    def place(title: str, about: str, name: str, part: str = "") -> Place:
        return Place(title, about, reverse(name, args=[desk.org.slug]) + part)

    yield place(_("Policy"), _("Second factor, sessions, networks"), "policy")
    yield place(_("Token policy"), _("How long tokens last, unused and found ones"), "policy", "#tokens")
    if desk.may(Action.LIST_SIGN_ON):
        yield place(_("Single sign-on"), _("Providers, domains, roles by claim"), "sign-on")
    if desk.may(Action.LIST_SCIM_TOKENS):
        yield place(_("Provisioning"), _("People and groups from your directory"), "provisioning")
    if desk.may(Action.LIST_ALERT_CHANNELS):
        yield place(_("Alert channels"), _("Mail and webhooks that alerts go to"), "alert-channels")
    if desk.may(Action.LIST_ALERTS):
        yield place(_("Working hours"), _("Time zone, days and hours that alerts go by"), "alert-calendar")
    if desk.may(Action.LIST_STREAMS):
        yield place(_("Streams"), _("The audit log, sent to your SIEM"), "streams")
    yield place(_("Danger zone"), _("Ownership, and leaving"), "danger")
