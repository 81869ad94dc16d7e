"""The list of members, and one member: role, unit, last day, and who takes over from leavers."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keyvault.errors import Conflict
from keyvault.flows import offboarding
from keyvault.flows.looking import look
from keyvault.flows.member_sessions import sessions_reaching
from keyvault.forms import told
from orgs.models import Membership
from orgs.permissions import Action
from orgs.services.members import change_role, set_last_day, set_unit
from orgs.services.successors import set_default_successor
from orgs.views.people.desk import Desk, desk_of
from orgs.views.people.forms import LastDayForm, RoleForm, UnitForm

_PAGE = 50


@login_required
@never_cache
@require_safe
def members(request: HttpRequest, org: str) -> HttpResponse:
    desk = desk_of(request, org)
    look(actor=desk.actor, action=Action.LIST_MEMBERS, on=desk.membership.org.target)
    page = Paginator(desk.members(), _PAGE).get_page(request.GET.get("page"))
    invitations = desk.invitations() if desk.may_invite else None
    return render(request, "settings/members/list.html", desk.context(page=page, invitations=invitations))


@login_required
@never_cache
@require_safe
def member(request: HttpRequest, org: str, member_id: UUID) -> HttpResponse:
    desk = desk_of(request, org)
    found = desk.member(member_id)
    look(actor=desk.actor, action=Action.LIST_MEMBERS, on=found.target)
    facts: dict[str, Any] = {"member": found, **_forms(desk, found)}
    if desk.may_end_sessions_of(found):
        facts["sessions"] = sessions_reaching(found).count()
    return render(request, "settings/members/member.html", desk.context(**facts))


@login_required
@require_POST
def change_member_role(request: HttpRequest, org: str, member_id: UUID) -> HttpResponse:
    desk = desk_of(request, org)
    found, form = desk.member(member_id), RoleForm(request.POST, desk=desk)
    told(
        request,
        form,
        lambda: change_role(actor=desk.actor, membership=found, role=form.chosen),
        f"{found.user} has the role from the next request on.",
    )
    return redirect("member", org, found.pk)


@login_required
@require_POST
def change_member_unit(request: HttpRequest, org: str, member_id: UUID) -> HttpResponse:
    desk, form = desk_of(request, org), UnitForm(request.POST)
    found = desk.member(member_id)
    told(
        request,
        form,
        lambda: set_unit(actor=desk.actor, membership=found, unit=form.cleaned_data["unit"]),
        "The unit is saved.",
    )
    return redirect("member", org, found.pk)


@login_required
@require_POST
def change_member_last_day(request: HttpRequest, org: str, member_id: UUID) -> HttpResponse:
    desk, form = desk_of(request, org), LastDayForm(request.POST)
    found = desk.member(member_id)
    told(
        request,
        form,
        lambda: set_last_day(actor=desk.actor, membership=found, ends_on=form.cleaned_data["ends_on"]),
        "The last day is saved.",
    )
    return redirect("member", org, found.pk)


@login_required
@require_POST
def change_default_successor(request: HttpRequest, org: str, member_id: UUID) -> HttpResponse:
    """Makes the member the one who takes over; of the one who does already, takes it back."""
    desk = desk_of(request, org)
    found = desk.member(member_id)
    to = None if found.succeeds else found
    sentence = f"{found.user} takes over from leavers." if to else "The owner of longest standing takes over."
    told(request, None, lambda: set_default_successor(actor=desk.actor, org=found.org, to=to), sentence)
    return redirect("member", org, found.pk)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, org: str) -> HttpResponse:
    desk = desk_of(request, org)
    if request.method != "POST":
        return render(request, "settings/members/leave.html", desk.context())
    try:
        offboarding.leave(actor=desk.actor)
    except Conflict as refused:
        messages.error(request, f"{refused.detail} {refused.remedy}".strip())
        return redirect("leave", org)
    return redirect("home")


def _forms(desk: Desk, found: Membership) -> dict[str, Any]:
    return {
        "role_form": RoleForm(desk=desk, initial={"role": found.role}),
        "unit_form": UnitForm(initial={"unit": found.unit}),
        "last_day_form": LastDayForm(initial={"ends_on": found.ends_on}),
    }
