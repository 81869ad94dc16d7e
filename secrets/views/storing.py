"""A new secret, a new version of one, and what is said about it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from keyvault.console.desk import page
from keyvault.errors import Conflict, PreconditionFailed
from keyvault.forms import tried
from keyvault.secrets.access import require
from keyvault.secrets.models import Secret
from keyvault.secrets.services.comparing import same_as_stored
from keyvault.secrets.services.duplicates import Shared
from keyvault.secrets.services.revealing import current_versions
from keyvault.secrets.services.storing import Stored, add_version, change_secret, create_secret, rotate_secret
from keyvault.secrets.views.forms import AboutForm, NewSecretForm, VersionForm
from keyvault.secrets.views.places import Bench, at_project, at_secret, environments_of, may_in, named
from orgs.models import Membership
from orgs.permissions import Action

_FIELDS = {"fields": "value", "value_base64": "value"}


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_secret(request: HttpRequest, org: str, project: str) -> HttpResponse:
    """``?env=`` and ``?name=`` fill the form: what is missing leads here."""
    desk, place = at_project(request, org, project)
    environments = environments_of(place)
    open_to = may_in(desk, Action.CREATE_SECRET, environments)
    if not open_to:
        require(desk.actor, Action.CREATE_SECRET, environments[0].target if environments else place.target)
    initial = {"environment": request.GET.get("env") or open_to[0].slug, "name": request.GET.get("name", "")}
    form = NewSecretForm(request.POST if request.method == "POST" else None, environments=open_to, initial=initial)
    made = tried(
        form,
        lambda: create_secret(
            actor=desk.actor,
            environment=named(place, form.cleaned_data["environment"]),
            name=form.cleaned_data["name"],
            value=form.stored(),
            about=form.about(),
        ),
        _FIELDS,
    )
    if made is None:
        facts = {"project": place, "form": form, "environments": open_to}
        return page(request, desk, "secrets/new_secret.html", facts, at="project", status=422 if form.is_bound else 200)
    messages.success(request, _("%(name)s is stored.") % {"name": made.secret.name})
    _warn(request, made.shared)
    return to_secret(org, made.secret)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_version(request: HttpRequest, org: str, project: str, env: str, name: str) -> HttpResponse:
    """A form that began before somebody else's version is refused: the two are compared first."""
    bench = at_secret(request, org, project, env, name, to=Action.ROTATE_SECRET)
    require(bench.desk.actor, Action.ROTATE_SECRET, bench.secret.target)
    form = VersionForm(request.POST if request.method == "POST" else None, initial={"expected": bench.secret.current})
    made = tried(form, lambda: _stored(bench, form), _FIELDS)
    if made is None:
        return _form_page(request, bench, "secrets/new_version.html", form)
    messages.success(request, _("Version %(n)d is stored and current.") % {"n": made.version.version})
    _warn(request, made.shared)
    return to_secret(org, made.secret)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit_about(request: HttpRequest, org: str, project: str, env: str, name: str) -> HttpResponse:
    bench = at_secret(request, org, project, env, name, to=Action.CHANGE_SECRET)
    require(bench.desk.actor, Action.CHANGE_SECRET, bench.secret.target)
    members = Membership.objects.visible_to(bench.desk.actor).active().select_related("user").order_by("user__email")
    form = AboutForm(request.POST if request.method == "POST" else None, secret=bench.secret, members=list(members))
    changed = tried(form, lambda: change_secret(actor=bench.desk.actor, secret=bench.secret, about=form.about()))
    if changed is None:
        return _form_page(request, bench, "secrets/about.html", form)
    messages.success(request, _("What is said about %(name)s is saved.") % {"name": changed.name})
    return to_secret(org, changed)


def to_secret(org: str, secret: Secret) -> HttpResponse:
    place = secret.environment
    address = reverse("secret", args=[org, place.project.slug, secret.name], query={"env": place.slug})
    return HttpResponseRedirect(address)


def _form_page(request: HttpRequest, bench: Bench, template: str, form: Form) -> HttpResponse:
    place = bench.environment
    facts = {"project": place.project, "environment": place, "secret": bench.secret, "form": form}
    return page(request, bench.desk, template, facts, at="project", status=422 if form.is_bound else 200)


def _stored(bench: Bench, form: VersionForm) -> Stored:
    """Raises Conflict for the value that is current already, as far as the member may know it, and when it moved on."""
    value, secret = form.stored(), bench.secret
    present = {row.secret.name: row for row in current_versions(bench.environment, secret__pk=secret.pk)}
    if same_as_stored(bench.desk.actor, bench.environment, present, {secret.name: value}, bench.grants):
        raise Conflict(_("This is the current value already."), rule="same-value", extra={"field": "value"})
    store = add_version if form.cleaned_data["edit"] else rotate_secret
    try:
        return store(actor=bench.desk.actor, secret=secret, value=value, expected_version=form.cleaned_data["expected"])
    except PreconditionFailed as moved:
        sentence = _("Version %(n)s was saved while you were typing.") % {"n": moved.extra["current"]}
        raise Conflict(sentence, rule=moved.rule, remedy=_("Open the secret and compare before you save.")) from None


def _warn(request: HttpRequest, shared: Shared) -> None:
    """The same value elsewhere: named where the member may read it, else only counted."""
    if shared.named:
        where = ", ".join(shared.named)
        messages.warning(
            request, _("The same value is in %(where)s. Use a key of its own for each.") % {"where": where}
        )
    elif shared.others:
        messages.warning(request, _("The same value is in another environment that you cannot read."))
