"""The sessions of a member that reach the organization, ended from outside."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from keyvault.flows.member_sessions import end_members_sessions
from keyvault.flows.step_up import require_step_up
from orgs.views.people.desk import desk_of


@login_required
@never_cache
@require_POST
@require_step_up
def end_all(request: HttpRequest, org: str, member_id: UUID) -> HttpResponse:
    desk = desk_of(request, org)
    found = desk.member(member_id)
    ended = end_members_sessions(actor=desk.actor, membership=found)
    messages.success(request, f"{ended} session{'' if ended == 1 else 's'} of {found.user} ended.")
    return redirect("member", org, found.pk)
