"""Looking at connections, making, changing, testing and deleting them."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keyvault.flows.looking import look, look_at
from keyvault.flows.sso import links
from keyvault.flows.sso.starting import ProviderFailed, begin
from keyvault.flows.sso.trying import marked_as_test, report_failure
from keyvault.flows.sso.views import to_provider
from keyvault.flows.step_up import require_step_up
from keyvault.forms import told, tried
from orgs.access import require
from orgs.models import Connection, Domain, Kind
from orgs.permissions import Action
from orgs.services.connections import configure_connection, create_connection, delete_connection, set_rules
from orgs.services.domains import expected_record, record_name
from orgs.sign_on.configurations import configuration_of
from orgs.views.sign_on.desk import desk_of
from orgs.views.sign_on.forms import FORMS
from orgs.views.sign_on.rule_forms import DomainForm, RoleMappingForm, RulesForm, TeamMappingForm


@login_required
@never_cache
@require_safe
def overview(request: HttpRequest, org: str) -> HttpResponse:
    desk = desk_of(request, org)
    look(actor=desk.actor, action=Action.LIST_SIGN_ON, on=desk.membership.org.target)
    domains = [(each, record_name(each), expected_record(each)) for each in Domain.objects.visible_to(desk.actor)]
    facts = {"connections": Connection.objects.visible_to(desk.actor), "domains": domains, "domain_form": DomainForm()}
    return render(request, "settings/sign_on/overview.html", desk.context(kinds=Kind, **facts))


@login_required
@never_cache
@require_safe
def connection(request: HttpRequest, org: str, connection_id: UUID) -> HttpResponse:
    desk = desk_of(request, org)
    found = look_at(actor=desk.actor, action=Action.LIST_SIGN_ON, thing=desk.connection(connection_id))
    forms = {
        "rules_form": RulesForm.of(found),
        "role_form": RoleMappingForm(prefix="role"),
        "team_form": TeamMappingForm(prefix="team", connection=found),
    }
    facts = {"connection": found, "identity": configuration_of(found).identity, "tells": _tells(found), **forms}
    return render(request, "settings/sign_on/connection.html", desk.context(**facts))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_step_up
def new_connection(request: HttpRequest, org: str, kind: str) -> HttpResponse:
    desk = desk_of(request, org)
    require(desk.actor, Action.CREATE_CONNECTION, desk.membership.org.target)
    form = FORMS[kind](request.POST or None, request.FILES or None)
    made = tried(
        form,
        lambda: create_connection(
            actor=desk.actor,
            org=desk.membership.org,
            name=form.cleaned_data["name"],
            configuration=form.configuration(),
        ),
    )
    if made is None:
        facts = desk.context(form=form, kind=Kind(kind))
        return render(request, "settings/sign_on/configure.html", facts, status=422 if form.is_bound else 200)
    messages.success(request, f"{made.name} is connected. Register the addresses below there, then test it.")
    return redirect("sign-on-connection", org, made.pk)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_step_up
def configure(request: HttpRequest, org: str, connection_id: UUID) -> HttpResponse:
    desk = desk_of(request, org)
    found = desk.connection(connection_id)
    require(desk.actor, Action.CHANGE_CONNECTION, found.target)
    given = {"before": configuration_of(found), "initial": {"name": found.name}}
    form = FORMS[found.kind](request.POST or None, request.FILES or None, **given)
    changed = tried(
        form,
        lambda: configure_connection(
            actor=desk.actor, connection=found, name=form.cleaned_data["name"], configuration=form.configuration()
        ),
    )
    if changed is None:
        facts = desk.context(form=form, kind=Kind(found.kind), connection=found)
        return render(request, "settings/sign_on/configure.html", facts, status=422 if form.is_bound else 200)
    messages.success(request, f"{changed.name} is changed.")
    return redirect("sign-on-connection", org, changed.pk)


@login_required
@never_cache
@require_POST
@require_step_up
def change_rules(request: HttpRequest, org: str, connection_id: UUID) -> HttpResponse:
    desk, form = desk_of(request, org), RulesForm(request.POST)
    found = desk.connection(connection_id)
    told(
        request,
        form,
        lambda: set_rules(actor=desk.actor, connection=found, **form.cleaned_data),
        "The rules are changed.",
    )
    return redirect("sign-on-connection", org, found.pk)


@login_required
@never_cache
@require_POST
def test_connection(request: HttpRequest, org: str, connection_id: UUID) -> HttpResponse:
    """Off to the provider and back, to a report in place of a session."""
    desk = desk_of(request, org)
    found = desk.connection(connection_id)
    require(desk.actor, Action.TEST_CONNECTION, found.target)
    try:
        url = begin(request, found, data=marked_as_test(found))
    except ProviderFailed as failed:
        return report_failure(request, found, failed.said)
    return to_provider(request, found, url)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_step_up
def delete(request: HttpRequest, org: str, connection_id: UUID) -> HttpResponse:
    desk = desk_of(request, org)
    found = desk.connection(connection_id)
    require(desk.actor, Action.DELETE_CONNECTION, found.target)
    if request.method == "POST":
        name = found.name
        told(request, None, lambda: delete_connection(actor=desk.actor, connection=found), f"{name} is deleted.")
        return redirect("sign-on", org)
    return render(request, "settings/sign_on/delete.html", desk.context(connection=found))


def _tells(found: Connection) -> list[tuple[str, str]]:
    """What the provider's administrator must know of us."""
    if found.kind == Kind.SAML:
        metadata = links.metadata_url(found)
        return [("Metadata, and entity ID", metadata), ("Assertion Consumer Service (ACS)", links.acs_url(found))]
    return [("Redirect address (callback URL)", links.callback_url(found))]
