"""A project's name and environments, and its end."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from keyvault.console.desk import page
from keyvault.forms import told, tried
from keyvault.secrets.access import require
from keyvault.secrets.models import Secret
from keyvault.secrets.services.environments import change_environment, create_environment, delete_environment
from keyvault.secrets.services.projects import change_project, delete_project
from keyvault.secrets.views.forms import TypedForm
from keyvault.secrets.views.places import at_project, environments_of, named
from keyvault.target import Tier
from orgs.names import NAME_LIMIT, SLUG_LIMIT
from orgs.permissions import Action

_TIERS = [
    (Tier.DEVELOPMENT.value, gettext_lazy("Development")),
    (Tier.STAGING.value, gettext_lazy("Staging")),
    (Tier.PRODUCTION.value, gettext_lazy("Production")),
]


class NameForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_LIMIT)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=2000, required=False)


class EnvironmentForm(forms.Form):
    slug = forms.CharField(
        label=gettext_lazy("Name in addresses"), max_length=SLUG_LIMIT, help_text=gettext_lazy("preview, eu-production")
    )
    tier = forms.ChoiceField(label=gettext_lazy("As serious as"), choices=_TIERS)
    protected = forms.BooleanField(
        label=gettext_lazy("Protected"),
        required=False,
        help_text=gettext_lazy("Reading values takes a grant of its own and a second factor. Production always is."),
    )


class ChangeForm(forms.Form):
    name = forms.CharField(max_length=NAME_LIMIT)
    protected = forms.BooleanField(required=False)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, org: str, project: str) -> HttpResponse:
    desk, place = at_project(request, org, project)
    require(desk.actor, Action.CHANGE_PROJECT, place.target)
    sent = request.POST if request.method == "POST" else None
    form = NameForm(sent, initial={"name": place.name, "note": place.note})
    if tried(form, lambda: change_project(actor=desk.actor, project=place, **form.cleaned_data)) is not None:
        messages.success(request, _("The project is saved."))
        return redirect("project-settings", org, project)
    facts = {
        "project": place,
        "form": form,
        "environments": environments_of(place),
        "environment_form": EnvironmentForm(),
        "holds": Secret.objects.visible_to(desk.actor).filter(environment__project=place).count(),
    }
    status = 422 if form.is_bound else 200
    return page(request, desk, "secrets/settings.html", facts, at="project", status=status)


@login_required
@require_POST
def add_environment(request: HttpRequest, org: str, project: str) -> HttpResponse:
    desk, place = at_project(request, org, project)
    form = EnvironmentForm(request.POST)
    told(
        request,
        form,
        lambda: create_environment(actor=desk.actor, project=place, **form.cleaned_data),
        _("The environment is ready."),
    )
    return redirect("project-settings", org, project)


@login_required
@require_POST
def edit_environment(request: HttpRequest, org: str, project: str, env: str) -> HttpResponse:
    """Whoever lifts protection is led through the step-up."""
    desk, place = at_project(request, org, project)
    form, environment = ChangeForm(request.POST), named(place, env)
    told(
        request,
        form,
        lambda: change_environment(actor=desk.actor, environment=environment, **form.cleaned_data),
        _("The environment is saved."),
    )
    return redirect("project-settings", org, project)


@login_required
@require_POST
def remove_environment(request: HttpRequest, org: str, project: str, env: str) -> HttpResponse:
    desk, place = at_project(request, org, project)
    environment = named(place, env)
    sentence = _("%(name)s is deleted.") % {"name": environment.name}
    told(request, None, lambda: delete_environment(actor=desk.actor, environment=environment), sentence)
    return redirect("project-settings", org, project)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, org: str, project: str) -> HttpResponse:
    """Only an empty one, and its name typed out: there is no way back."""
    desk, place = at_project(request, org, project)
    require(desk.actor, Action.DELETE_PROJECT, place.target)
    form = TypedForm(request.POST if request.method == "POST" else None, word=place.slug)

    def end() -> bool:
        delete_project(actor=desk.actor, project=place)
        return True

    if tried(form, end):
        messages.success(request, _("%(name)s is deleted.") % {"name": place.name})
        return redirect("overview", org)
    facts = {"project": place, "form": form}
    return page(request, desk, "secrets/delete_project.html", facts, at="project", status=422 if form.is_bound else 200)
