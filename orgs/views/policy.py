"""Settings → Policy: what holds here, its change, and networks that are tried out before they are kept."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keyvault.actor import Actor
from keyvault.errors import Conflict, Invalid
from keyvault.flows.looking import look
from keyvault.flows.network_preview import preview_networks
from keyvault.flows.session_actor import actor_for, membership_in
from keyvault.flows.step_up import require_step_up
from keyvault.networks import admits
from orgs.access import require
from orgs.decide import decide
from orgs.models import Membership, Organization
from orgs.permissions import Action
from orgs.services.networks import change_networks, confirm_networks
from orgs.services.policies import change_policy
from orgs.views.policy_forms import NetworksForm, PolicyForm


@login_required
@never_cache
@require_safe
def policy(request: HttpRequest, org: str) -> HttpResponse:
    membership = membership_in(request, org)
    actor = actor_for(request, membership)
    look(actor=actor, action=Action.VIEW_ORGANIZATION, on=membership.org.target, details={"of": "policy"})
    inside = admits(membership.org.allowed_networks, actor.origin.address)
    context = {"may_change": _may_change(actor, membership.org), "address": actor.origin.address, "inside": inside}
    return _page(request, "policy", membership, context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_step_up
def edit_policy(request: HttpRequest, org: str) -> HttpResponse:
    membership = membership_in(request, org)
    require(actor_for(request, membership), Action.CHANGE_POLICY, membership.org.target)
    form = PolicyForm.of(membership.org, request.POST or None)
    if not form.is_valid():
        return _page(request, "policy_edit", membership, {"form": form}, status=422 if form.is_bound else 200)
    try:
        change_policy(actor=actor_for(request, membership), org=membership.org, **form.cleaned_data)
    except (Invalid, Conflict) as refused:
        _blame(form, refused)
        return _page(request, "policy_edit", membership, {"form": form}, status=refused.status)
    messages.success(request, "The policy is saved.")
    return redirect("policy", org)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_step_up
def edit_networks(request: HttpRequest, org: str) -> HttpResponse:
    """A POST shows what the list would cut off, and the button that puts it to the test."""
    membership = membership_in(request, org)
    require(actor_for(request, membership), Action.CHANGE_POLICY, membership.org.target)
    form = NetworksForm(request.POST or None, initial={"networks": "\n".join(membership.org.allowed_networks)})
    if not form.is_valid():
        return _page(request, "networks", membership, {"form": form}, status=422 if form.is_bound else 200)
    try:
        seen = preview_networks(actor=actor_for(request, membership), org=membership.org, networks=form.listed())
    except Invalid as refused:
        form.add_error("networks", ValidationError(refused.detail))
        return _page(request, "networks", membership, {"form": form}, status=refused.status)
    return _page(request, "networks", membership, {"form": form, "preview": seen})


@login_required
@never_cache
@require_POST
@require_step_up
def try_networks(request: HttpRequest, org: str) -> HttpResponse:
    membership, form = membership_in(request, org), NetworksForm(request.POST)
    if not form.is_valid():
        return _page(request, "networks", membership, {"form": form}, status=422)
    change_networks(actor=actor_for(request, membership), org=membership.org, networks=form.listed())
    return redirect("policy", org)


@login_required
@never_cache
@require_POST
@require_step_up
def keep_networks(request: HttpRequest, org: str) -> HttpResponse:
    membership = membership_in(request, org)
    confirm_networks(actor=actor_for(request, membership), org=membership.org)
    messages.success(request, "The networks are kept.")
    return redirect("policy", org)


def _may_change(actor: Actor, org: Organization) -> bool:
    """A fresh second factor is asked for on the way."""
    return decide(Action.CHANGE_POLICY, actor=replace(actor, stepped_up=True), target=org.target).allowed


def _blame(form: PolicyForm, refused: Invalid | Conflict) -> None:
    field = str(refused.extra.get("field", ""))
    sentence = f"{refused.detail} {refused.remedy}".strip()
    form.add_error(field if field in form.fields else None, ValidationError(sentence, code=refused.rule))


def _page(
    request: HttpRequest, name: str, membership: Membership, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    frame = {"membership": membership, "org": membership.org, "page_name": "policy"}
    return render(request, f"settings/{name}.html", frame | context, status=status)
