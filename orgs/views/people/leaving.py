"""The end of a membership: what it would mean, now or on a day; and the reports of those that were."""

from uuid import UUID

import orjson
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keyvault.flows.looking import look
from keyvault.flows.offboarding import offboard_member
from keyvault.flows.offboarding.preview import preview_offboarding
from keyvault.flows.step_up import require_step_up
from keyvault.forms import told, tried
from orgs.models import Membership, Offboarding
from orgs.permissions import Action
from orgs.services.offboardings import is_signed, schedule_offboarding, signed_document, withdraw_offboarding
from orgs.views.people.desk import Desk, desk_of
from orgs.views.people.forms import OffboardForm

_PAGE = 50


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_step_up
def offboard(request: HttpRequest, org: str, member_id: UUID) -> HttpResponse:
    desk = desk_of(request, org)
    leaver = desk.member(member_id)
    form = OffboardForm(request.POST if request.method == "POST" else None, desk=desk, leaver=leaver)
    done = tried(form, lambda: _end(desk, leaver, form))
    if done is None:
        preview = preview_offboarding(actor=desk.actor, membership=leaver)
        context = desk.context(form=form, preview=preview, member=leaver)
        return render(request, "settings/members/offboard.html", context, status=422 if form.is_bound else 200)
    messages.success(request, done)
    return redirect("offboardings", org)


@login_required
@never_cache
@require_safe
def offboardings(request: HttpRequest, org: str) -> HttpResponse:
    desk = desk_of(request, org)
    look(actor=desk.actor, action=Action.LIST_OFFBOARDINGS, on=desk.membership.org.target)
    page = Paginator(desk.offboardings(), _PAGE).get_page(request.GET.get("page"))
    return render(request, "settings/members/left.html", desk.context(page=page))


@login_required
@never_cache
@require_safe
def report(request: HttpRequest, org: str, offboarding_id: UUID) -> HttpResponse:
    desk, done = _reported(request, org, offboarding_id)
    facts = orjson.loads(bytes(done.report or b"{}"))
    context = desk.context(offboarding=done, report=facts, signed=is_signed(done))
    return render(request, "settings/members/report.html", context)


@login_required
@never_cache
@require_safe
def download_report(request: HttpRequest, org: str, offboarding_id: UUID) -> HttpResponse:
    _, done = _reported(request, org, offboarding_id)
    response = HttpResponse(signed_document(done), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="offboarding-{done.pk}.json"'
    return response


@login_required
@require_POST
def call_off(request: HttpRequest, org: str, offboarding_id: UUID) -> HttpResponse:
    desk = desk_of(request, org)
    planned = desk.offboarding(offboarding_id)
    told(request, None, lambda: withdraw_offboarding(actor=desk.actor, offboarding=planned), "The end is called off.")
    return redirect("offboardings", org)


def _end(desk: Desk, leaver: Membership, form: OffboardForm) -> str:
    terms = {"successor": form.cleaned_data["successor"], "reason": form.cleaned_data["reason"]}
    if form.due_at:
        schedule_offboarding(actor=desk.actor, membership=leaver, due_at=form.due_at, **terms)
        return f"The end of {leaver.user}’s membership is planned."
    offboard_member(actor=desk.actor, membership=leaver, **terms)
    return f"{leaver.user} is out."


def _reported(request: HttpRequest, org: str, offboarding_id: UUID) -> tuple[Desk, Offboarding]:
    desk = desk_of(request, org)
    done = desk.offboarding(offboarding_id)
    look(actor=desk.actor, action=Action.LIST_OFFBOARDINGS, on=done.target, details={"report": str(done.pk)})
    return desk, done
