"""A member has lost their second factors."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from keyvault.flows.factors.reset import reset_factors
from keyvault.flows.step_up import require_step_up
from orgs.access import require
from orgs.permissions import Action
from orgs.views.people.desk import desk_of


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_step_up
def reset(request: HttpRequest, org: str, member_id: UUID) -> HttpResponse:
    desk = desk_of(request, org)
    found = desk.member(member_id)
    require(desk.actor, Action.RESET_FACTORS, found.target)
    if request.method != "POST":
        return render(request, "settings/members/reset_factors.html", desk.context(member=found))
    reset_factors(actor=desk.actor, membership=found)
    messages.success(request, f"{found.user} signs in without a second factor now, and was told by mail.")
    return redirect("member", org, found.pk)
