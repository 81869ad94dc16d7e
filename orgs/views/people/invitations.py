"""Inviting somebody, sending an invitation again, withdrawing it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from keyvault.errors import Conflict, Invalid
from keyvault.flows.invitations.mails import send_invitation
from keyvault.forms import told, tried
from orgs.access import require
from orgs.permissions import Action
from orgs.services.invitations import Invited, invite_person, resend_invitation, withdraw_invitation
from orgs.views.people.desk import desk_of
from orgs.views.people.forms import InviteForm


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest, org: str) -> HttpResponse:
    desk = desk_of(request, org)
    require(desk.actor, Action.INVITE, desk.membership.org.target)
    form = InviteForm(request.POST if request.method == "POST" else None, desk=desk)
    invited = tried(form, lambda: invite_person(actor=desk.actor, org=desk.membership.org, **form.facts()))
    if invited is None:
        status = 422 if form.is_bound else 200
        return render(request, "settings/members/invite.html", desk.context(form=form), status=status)
    _send(request, invited)
    return redirect("members", org)


@login_required
@require_POST
def resend(request: HttpRequest, org: str, invitation_id: UUID) -> HttpResponse:
    desk = desk_of(request, org)
    found = desk.invitation(invitation_id)
    try:
        _send(request, resend_invitation(actor=desk.actor, invitation=found))
    except (Conflict, Invalid) as refused:
        messages.error(request, f"{refused.detail} {refused.remedy}".strip())
    return redirect("members", org)


@login_required
@require_POST
def withdraw(request: HttpRequest, org: str, invitation_id: UUID) -> HttpResponse:
    desk = desk_of(request, org)
    found = desk.invitation(invitation_id)
    sentence = f"The invitation of {found.email} is withdrawn."
    told(request, None, lambda: withdraw_invitation(actor=desk.actor, invitation=found), sentence)
    return redirect("members", org)


def _send(request: HttpRequest, invited: Invited) -> None:
    address = invited.invitation.email
    if send_invitation(invited):
        messages.success(request, f"{address} has an invitation by mail, for seven days.")
    else:
        messages.error(request, f"The mail server did not take the invitation of {address}. Send it again later.")
