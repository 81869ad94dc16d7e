"""Importing a .env: pasted or dropped, looked at, then stored as one change.

The text goes from the browser to the preview and, once more, to the import: the server keeps nothing between the two.
"""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from keyvault.console.desk import Desk, page
from keyvault.forms import tried
from keyvault.secrets.access import require
from keyvault.secrets.dotenv import SIZE_LIMIT, decode
from keyvault.secrets.models import Environment, Project
from keyvault.secrets.services.importing import Imported, Preview, apply_import, preview_import
from keyvault.secrets.views.places import at_project, environments_of, may_in, named
from orgs.permissions import Action


class ImportForm(forms.Form):
    environment = forms.ChoiceField(label=gettext_lazy("Into"), widget=forms.RadioSelect)
    content = forms.CharField(
        label=gettext_lazy("Contents"),
        strip=False,
        required=False,
        widget=forms.Textarea(attrs={"rows": 10, "autocomplete": "off", "spellcheck": "false", "data-drop": ""}),
    )
    file = forms.FileField(label=gettext_lazy("Or a file"), required=False)

    def __init__(self, *args: object, environments: list[Environment], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choices = [(each.slug, each.name) for each in environments]
        self.fields["environment"] = forms.ChoiceField(
            label=gettext_lazy("Into"), widget=forms.RadioSelect, choices=choices
        )

    def clean(self) -> dict[str, object]:
        """One text of the two; a file wins."""
        typed = super().clean() or {}
        if typed.get("file"):
            typed["content"] = decode(typed["file"].read(SIZE_LIMIT + 1))
        if not str(typed.get("content") or "").strip():
            raise forms.ValidationError(_("Paste the file, or choose one."))
        return typed


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def import_secrets(request: HttpRequest, org: str, project: str) -> HttpResponse:
    """A POST previews; one with ``apply`` stores."""
    desk, place = at_project(request, org, project)
    environments = environments_of(place)
    open_to = may_in(desk, Action.IMPORT_SECRETS, environments)
    if not open_to:
        require(desk.actor, Action.IMPORT_SECRETS, environments[0].target if environments else place.target)
    sent = request.method == "POST"
    initial = {"environment": request.GET.get("env") or open_to[0].slug}
    form = ImportForm(
        request.POST if sent else None, request.FILES if sent else None, environments=open_to, initial=initial
    )
    if sent and "apply" in request.POST:
        done = tried(form, lambda: _applied(desk, place, form))
        if done is not None:
            _tell(request, done)
            return redirect("project", org, place.slug)
    preview = tried(form, lambda: _previewed(desk, place, form))
    facts = {"project": place, "form": form, "environments": open_to, "preview": preview}
    status = 422 if sent and preview is None else 200
    return page(request, desk, "secrets/import.html", facts, at="project", status=status)


def _previewed(desk: Desk, place: Project, form: ImportForm) -> Preview:
    environment = named(place, form.cleaned_data["environment"])
    return preview_import(actor=desk.actor, environment=environment, content=form.cleaned_data["content"])


def _applied(desk: Desk, place: Project, form: ImportForm) -> Imported:
    environment = named(place, form.cleaned_data["environment"])
    return apply_import(actor=desk.actor, environment=environment, content=form.cleaned_data["content"])


def _tell(request: HttpRequest, done: Imported) -> None:
    stored = len(done.preview.new) + len(done.preview.changed)
    messages.success(request, ngettext("%(n)d secret is stored.", "%(n)d secrets are stored.", stored) % {"n": stored})
    if done.shared.named:
        where = ", ".join(done.shared.named)
        messages.warning(
            request, _("A value is in %(where)s as well. Use a key of its own for each.") % {"where": where}
        )
