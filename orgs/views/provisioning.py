"""Settings → Provisioning: the address and the tokens that the organization's directory needs."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keyvault.actor import Actor
from keyvault.errors import NotFound
from keyvault.flows import scim
from keyvault.flows.looking import look
from keyvault.flows.scim.settling import mappings_of
from keyvault.flows.session_actor import actor_for, membership_in
from keyvault.flows.step_up import require_step_up
from keyvault.forms import tried
from orgs.access import require
from orgs.decide import decide
from orgs.models import DirectoryGroup, DirectoryGroupMember, DirectoryPerson, Membership, ScimToken
from orgs.names import NAME_LIMIT
from orgs.permissions import Action
from orgs.services.scim_tokens import DAYS, issue_scim_token, revoke_scim_token

_ENDED_SHOWN = 10
_GROUPS_SHOWN = 200


class ScimTokenForm(forms.Form):
    name = forms.CharField(max_length=NAME_LIMIT, help_text="Which directory uses it: “Okta” or “Entra”.")
    days = forms.TypedChoiceField(
        label="Expires",
        coerce=int,
        choices=[(days, f"In {days} days") for days in DAYS],
        initial=max(DAYS),
        help_text="Create the next one before that: a directory that cannot reach KeyVault ends nobody’s access.",
    )


@login_required
@never_cache
@require_safe
def provisioning(request: HttpRequest, org: str) -> HttpResponse:
    membership = membership_in(request, org)
    actor = actor_for(request, membership)
    look(actor=actor, action=Action.LIST_SCIM_TOKENS, on=membership.org.target)
    rows = ScimToken.objects.visible_to(actor)
    people = DirectoryPerson.objects.visible_to(actor).filter(deleted_at=None)
    context = {
        "tokens": rows.live(),
        "ended": rows.ended()[:_ENDED_SHOWN],
        "people": people.count(),
        "groups": _groups(actor, membership),
        "may_issue": _may_issue(actor, membership),
    }
    return _page(request, "tokens", membership, context)


@login_required
@never_cache
@require_POST
@require_step_up
def apply_mappings(request: HttpRequest, org: str) -> HttpResponse:
    membership = membership_in(request, org)
    scim.apply_mappings(actor=actor_for(request, membership), org=membership.org)
    messages.success(request, "Everybody from the directory has the roles and teams of the mappings.")
    return redirect("provisioning", org)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_step_up
def new_scim_token(request: HttpRequest, org: str) -> HttpResponse:
    """The value is in the answer to the POST that made it and nowhere else."""
    membership, form = membership_in(request, org), ScimTokenForm(request.POST or None)
    actor = actor_for(request, membership)
    require(actor, Action.ISSUE_SCIM_TOKEN, membership.org.target)
    issued = tried(form, lambda: issue_scim_token(actor=actor, org=membership.org, **form.cleaned_data))
    if issued is None:
        return _page(request, "new", membership, {"form": form}, status=422 if form.is_bound else 200)
    return _page(request, "shown", membership, {"token": issued.token, "value": issued.value}, status=201)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_step_up
def end_scim_token(request: HttpRequest, org: str, token_id: UUID) -> HttpResponse:
    membership = membership_in(request, org)
    actor = actor_for(request, membership)
    require(actor, Action.REVOKE_SCIM_TOKEN, membership.org.target)
    token = ScimToken.objects.visible_to(actor).select_related("org").filter(pk=token_id).first()
    if token is None:
        raise NotFound
    if request.method != "POST":
        others = ScimToken.objects.visible_to(actor).live().exclude(pk=token.pk).exists()
        return _page(request, "revoke", membership, {"token": token, "others": others})
    revoke_scim_token(actor=actor, token=token)
    messages.success(request, f"{token.name} is revoked.")
    return redirect("provisioning", org)


def _groups(actor: Actor, membership: Membership) -> list[dict[str, Any]]:
    """What each group of the directory does here."""
    rows = DirectoryGroup.objects.visible_to(actor).select_related("team")
    members = DirectoryGroupMember.objects.filter(org=membership.org).values_list("group")
    sizes: dict[Any, int] = dict(members.annotate(size=Count("id")))
    mappings = mappings_of(membership.org)
    return [
        {
            "name": group.display_name,
            "size": sizes.get(group.pk, 0),
            "role": mappings.role_of([group]),
            "teams": [team.name for team in (*mappings.teams_of(group), *([group.team] if group.team else ()))],
        }
        for group in rows.order_by("display_name")[:_GROUPS_SHOWN]
    ]


def _may_issue(actor: Actor, membership: Membership) -> bool:
    """A fresh second factor is asked for on the way."""
    stepped_up = replace(actor, stepped_up=True)
    return decide(Action.ISSUE_SCIM_TOKEN, actor=stepped_up, target=membership.org.target).allowed


def _page(
    request: HttpRequest, name: str, membership: Membership, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    frame = {"membership": membership, "page_name": "provisioning", "address": f"{settings.KEYVAULT_URL}/scim/v2"}
    return render(request, f"settings/provisioning/{name}.html", frame | context, status=status)
