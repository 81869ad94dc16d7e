"""A new project, with the values that it begins with."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from keyvault.console.desk import Desk, desk_in, page
from keyvault.forms import tried
from keyvault.secrets.models import Project
from keyvault.secrets.services.projects import create_project
from orgs.access import require
from orgs.names import NAME_LIMIT, SLUG_LIMIT
from orgs.permissions import Action


class ProjectForm(forms.Form):
    name = forms.CharField(max_length=NAME_LIMIT, label=gettext_lazy("Name"))
    slug = forms.CharField(
        max_length=SLUG_LIMIT,
        required=False,
        label=gettext_lazy("Name in addresses"),
        help_text=gettext_lazy("Small letters, digits and hyphens. Without one it is made from the name, and stays."),
    )
    note = forms.CharField(
        max_length=2000,
        required=False,
        label=gettext_lazy("Note"),
        help_text=gettext_lazy("One line on what it is for."),
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_project(request: HttpRequest, org: str) -> HttpResponse:
    desk = desk_in(request, org)
    require(desk.actor, Action.CREATE_PROJECT, desk.org.target)
    form = ProjectForm(request.POST if request.method == "POST" else None)
    made = tried(form, lambda: _made(desk, form))
    if made is None:
        return page(
            request, desk, "secrets/new.html", {"form": form}, at="project", status=422 if form.is_bound else 200
        )
    messages.success(request, _("%(name)s is ready, with development, staging and production.") % {"name": made.name})
    return redirect("project", org, made.slug)


def _made(desk: Desk, form: ProjectForm) -> Project:
    return create_project(actor=desk.actor, **form.cleaned_data)
