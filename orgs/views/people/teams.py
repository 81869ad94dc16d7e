"""Teams: who is in them, what they are granted, and changing that."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keyvault.flows.looking import look
from keyvault.forms import told, tried
from keyvault.secrets.models import Grant
from orgs.access import require
from orgs.models import Team
from orgs.permissions import Action
from orgs.services.teams import add_to_team, create_team, delete_team, remove_from_team, rename_team
from orgs.views.people.desk import Desk, desk_of, found
from orgs.views.people.forms import JoinForm, TeamForm


@login_required
@never_cache
@require_safe
def teams(request: HttpRequest, org: str) -> HttpResponse:
    desk = desk_of(request, org)
    look(actor=desk.actor, action=Action.LIST_TEAMS, on=desk.membership.org.target)
    here = Count("team_members", filter=Q(team_members__membership__ended_at=None), distinct=True)
    rows = Team.objects.visible_to(desk.actor).annotate(people=here, places=Count("grants", distinct=True))
    return render(request, "settings/members/teams.html", desk.context(teams=rows.order_by("name", "slug")))


@login_required
@never_cache
@require_safe
def team(request: HttpRequest, org: str, team_id: UUID) -> HttpResponse:
    desk = desk_of(request, org)
    row = _team(desk, team_id)
    look(actor=desk.actor, action=Action.LIST_TEAMS, on=row.target)
    inside = row.team_members.filter(membership__ended_at=None).select_related("membership__user")
    grants = Grant.objects.visible_to(desk.actor).filter(team=row).select_related("project", "environment")
    context = desk.context(
        team=row,
        inside=inside.order_by("membership__user__email"),
        grants=grants.order_by("project__slug", "environment__slug", "prefix"),
        form=TeamForm(initial={"name": row.name}),
        join=JoinForm(desk=desk, team=row),
    )
    return render(request, "settings/members/team.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_team(request: HttpRequest, org: str) -> HttpResponse:
    desk = desk_of(request, org)
    require(desk.actor, Action.CREATE_TEAM, desk.membership.org.target)
    form = TeamForm(request.POST if request.method == "POST" else None)
    made = tried(form, lambda: create_team(actor=desk.actor, org=desk.membership.org, name=form.cleaned_data["name"]))
    if made is None:
        status = 422 if form.is_bound else 200
        return render(request, "settings/members/new_team.html", desk.context(form=form), status=status)
    return redirect("team", org, made.pk)


@login_required
@require_POST
def rename(request: HttpRequest, org: str, team_id: UUID) -> HttpResponse:
    desk, form = desk_of(request, org), TeamForm(request.POST)
    row = _team(desk, team_id)
    told(
        request,
        form,
        lambda: rename_team(actor=desk.actor, team=row, name=form.cleaned_data["name"]),
        "The name is saved.",
    )
    return redirect("team", org, row.pk)


@login_required
@require_POST
def join(request: HttpRequest, org: str, team_id: UUID) -> HttpResponse:
    desk = desk_of(request, org)
    row = _team(desk, team_id)
    form = JoinForm(request.POST, desk=desk, team=row)
    told(
        request,
        form,
        lambda: add_to_team(actor=desk.actor, team=row, membership=form.cleaned_data["member"]),
        "They have what the team is granted from the next request on.",
    )
    return redirect("team", org, row.pk)


@login_required
@require_POST
def drop(request: HttpRequest, org: str, team_id: UUID, member_id: UUID) -> HttpResponse:
    desk = desk_of(request, org)
    row, member = _team(desk, team_id), desk.member(member_id)
    sentence = f"{member.user} is out of the team from the next request on."
    told(request, None, lambda: remove_from_team(actor=desk.actor, team=row, membership=member), sentence)
    return redirect("team", org, row.pk)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, org: str, team_id: UUID) -> HttpResponse:
    desk = desk_of(request, org)
    row = _team(desk, team_id)
    require(desk.actor, Action.DELETE_TEAM, row.target)
    if request.method == "POST":
        told(request, None, lambda: delete_team(actor=desk.actor, team=row), f"The team {row.name} is gone.")
        return redirect("teams", org)
    grants = Grant.objects.visible_to(desk.actor).filter(team=row).select_related("project", "environment")
    return render(request, "settings/members/delete_team.html", desk.context(team=row, grants=grants))


def _team(desk: Desk, team_id: UUID) -> Team:
    """Raises NotFound."""
    return found(Team.objects.visible_to(desk.actor).select_related("org").filter(pk=team_id).first())
