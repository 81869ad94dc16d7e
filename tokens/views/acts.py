"""What is done with a token that exists: pause, resume, replace, revoke."""

import datetime as dt
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from gateway.acknowledgement import wait_for_workers
from keyvault.console.desk import page
from keyvault.forms import tried
from orgs.access import require
from orgs.permissions import Action
from tokens.services import pause_token, replace_token, resume_token, revoke_token
from tokens.views.desk import named_token, token_desk
from tokens.views.detail import token_page
from tokens.views.forms import ReplaceForm, RevokeForm
from tokens.views.issuing import shown_once


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_api_key(request: HttpRequest, org: str, token_id: UUID) -> HttpResponse:
    desk, form = token_desk(request, org), RevokeForm(request.POST or None)
    token = named_token(desk, token_id)
    if not desk.may_revoke(token):
        require(desk.actor, Action.REVOKE_ANY_TOKEN, token.target)
    revoked = tried(form, lambda: revoke_token(actor=desk.actor, token=token, cause=form.cleaned_data["cause"]))
    if revoked is None:
        facts = {"token": token, "form": form, "children": token.children.unrevoked().count()}
        return page(request, desk, "tokens/revoke.html", facts, at="api-keys", status=422 if form.is_bound else 200)
    messages.success(request, _("%(name)s is revoked.") % {"name": token.name})
    _warn_of_late_workers(request, token_id)
    return redirect("api-keys", org)


@login_required
@never_cache
@require_POST
def pause_api_key(request: HttpRequest, org: str, token_id: UUID) -> HttpResponse:
    desk = token_desk(request, org)
    token = named_token(desk, token_id)
    pause_token(actor=desk.actor, token=token)
    messages.success(request, _("%(name)s is paused: its next request is refused.") % {"name": token.name})
    _warn_of_late_workers(request, token_id)
    return redirect("api-key", org, token_id)


@login_required
@never_cache
@require_POST
def resume_api_key(request: HttpRequest, org: str, token_id: UUID) -> HttpResponse:
    desk = token_desk(request, org)
    token = named_token(desk, token_id)
    resume_token(actor=desk.actor, token=token)
    messages.success(request, _("%(name)s works again.") % {"name": token.name})
    return redirect("api-key", org, token_id)


@login_required
@never_cache
@require_POST
def replace_api_key(request: HttpRequest, org: str, token_id: UUID) -> HttpResponse:
    """The successor is shown once; the old one works on for the overlap."""
    desk, form = token_desk(request, org), ReplaceForm(request.POST)
    token = named_token(desk, token_id)
    issued = tried(
        form,
        lambda: replace_token(actor=desk.actor, token=token, overlap=dt.timedelta(hours=form.cleaned_data["overlap"])),
    )
    if issued is None:
        return token_page(request, desk, token, replace=form)
    return shown_once(request, desk, issued.token, issued.value)


def _warn_of_late_workers(request: HttpRequest, token_id: UUID) -> None:
    for late in wait_for_workers([token_id]):
        text = _("A gateway has not heard of it yet: %(worker)s may serve the token until %(until)s.")
        until = date_format(timezone.localtime(late.until), "H:i:s")
        messages.warning(request, text % {"worker": late.worker, "until": until})
