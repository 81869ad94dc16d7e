"""The acts beside a connection's page: mappings and domains."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from keyvault.flows.step_up import require_step_up
from keyvault.forms import told
from orgs.services.domains import claim_domain, drop_domain, prove_domain
from orgs.services.mappings import map_role, map_team, unmap
from orgs.views.sign_on.desk import desk_of
from orgs.views.sign_on.rule_forms import DomainForm, RoleMappingForm, TeamMappingForm

_FROM_NOW = "It counts from the next sign-in."


@login_required
@never_cache
@require_POST
@require_step_up
def add_role_mapping(request: HttpRequest, org: str, connection_id: UUID) -> HttpResponse:
    desk, form = desk_of(request, org), RoleMappingForm(request.POST, prefix="role")
    found = desk.connection(connection_id)
    told(request, form, lambda: map_role(actor=desk.actor, connection=found, **form.cleaned_data), _FROM_NOW)
    return redirect("sign-on-connection", org, found.pk)


@login_required
@never_cache
@require_POST
@require_step_up
def add_team_mapping(request: HttpRequest, org: str, connection_id: UUID) -> HttpResponse:
    desk = desk_of(request, org)
    found = desk.connection(connection_id)
    form = TeamMappingForm(request.POST, prefix="team", connection=found)
    told(request, form, lambda: map_team(actor=desk.actor, connection=found, **form.cleaned_data), _FROM_NOW)
    return redirect("sign-on-connection", org, found.pk)


@login_required
@never_cache
@require_POST
@require_step_up
def remove_mapping(request: HttpRequest, org: str, mapping_id: UUID) -> HttpResponse:
    desk = desk_of(request, org)
    mapping = desk.mapping(mapping_id)
    told(request, None, lambda: unmap(actor=desk.actor, mapping=mapping), "It counts no more from the next sign-in.")
    return redirect("sign-on-connection", org, mapping.connection_id)


@login_required
@never_cache
@require_POST
def add_domain(request: HttpRequest, org: str) -> HttpResponse:
    desk, form = desk_of(request, org), DomainForm(request.POST)
    told(
        request,
        form,
        lambda: claim_domain(actor=desk.actor, org=desk.membership.org, **form.cleaned_data),
        "Now set its record.",
    )
    return redirect("sign-on", org)


@login_required
@never_cache
@require_POST
def look_domain_up(request: HttpRequest, org: str, domain_id: UUID) -> HttpResponse:
    desk = desk_of(request, org)
    found = desk.domain(domain_id)
    told(request, None, lambda: prove_domain(actor=desk.actor, domain=found), f"{found.name} is proven.")
    return redirect("sign-on", org)


@login_required
@never_cache
@require_POST
@require_step_up
def give_domain_up(request: HttpRequest, org: str, domain_id: UUID) -> HttpResponse:
    desk = desk_of(request, org)
    found = desk.domain(domain_id)
    told(request, None, lambda: drop_domain(actor=desk.actor, domain=found), f"{found.name} is given up.")
    return redirect("sign-on", org)
