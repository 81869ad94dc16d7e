"""The way back to an old version, the end of one, and the end of the secret: seven days in which it can be undone."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from keyvault.console.desk import desk_in, page
from keyvault.errors import NotFound
from keyvault.forms import told, tried
from keyvault.secrets.access import require
from keyvault.secrets.api.places import find_secret
from keyvault.secrets.services.removing import KEPT, delete_secret, erase_version, undelete_secret
from keyvault.secrets.services.storing import restore_version
from keyvault.secrets.versions import versions_of
from keyvault.secrets.views.forms import TypedForm
from keyvault.secrets.views.places import Bench, at_secret
from keyvault.secrets.views.storing import to_secret
from keyvault.target import Tier
from orgs.permissions import Action


@login_required
@require_POST
def restore(request: HttpRequest, org: str, project: str, env: str, name: str) -> HttpResponse:
    bench = at_secret(request, org, project, env, name, to=Action.RESTORE_VERSION)
    number = _number(request.POST.get("version", ""))
    told(
        request,
        None,
        lambda: restore_version(actor=bench.desk.actor, secret=bench.secret, version=number),
        _("Version %(n)d is current again.") % {"n": number},
    )
    return to_secret(org, bench.secret)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, org: str, project: str, env: str, name: str) -> HttpResponse:
    """Cannot be undone, so that the name is typed. The page says who has read the version of late."""
    bench = at_secret(request, org, project, env, name, to=Action.ERASE_VERSION)
    require(bench.desk.actor, Action.ERASE_VERSION, bench.secret.target)
    number = _number((request.POST if request.method == "POST" else request.GET).get("version", ""))
    version = next((each for each in versions_of(bench.secret) if each.row.version == number), None)
    if version is None or version.erased:
        raise NotFound
    form = TypedForm(request.POST if request.method == "POST" else None, word=bench.secret.name)
    erased = tried(form, lambda: _erased(bench, number))
    if erased is None:
        facts = _facts(bench, form) | {"version": version, "still_read": version.still_read}
        return page(
            request, bench.desk, "secrets/erase.html", facts, at="project", status=422 if form.is_bound else 200
        )
    messages.success(request, _("Version %(n)d is erased.") % {"n": number})
    return to_secret(org, bench.secret)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, org: str, project: str, env: str, name: str) -> HttpResponse:
    """For seven days it can be brought back. In production the name is typed besides."""
    bench = at_secret(request, org, project, env, name, to=Action.DELETE_SECRET)
    require(bench.desk.actor, Action.DELETE_SECRET, bench.secret.target)
    form = _confirming(request, bench)
    deleted = tried(form, lambda: delete_secret(actor=bench.desk.actor, secret=bench.secret))
    if deleted is None:
        versions = versions_of(bench.secret)
        facts = _facts(bench, form) | {"kept_until": timezone.now() + KEPT, "versions": versions}
        return page(
            request, bench.desk, "secrets/delete.html", facts, at="project", status=422 if form.is_bound else 200
        )
    messages.success(request, _("%(name)s is deleted.") % {"name": deleted.name})
    return to_secret(org, bench.secret)


@login_required
@require_POST
def undelete(request: HttpRequest, org: str, project: str, env: str, name: str) -> HttpResponse:
    desk = desk_in(request, org)
    secret = find_secret(desk.actor, project, env, name, to=Action.UNDELETE_SECRET, deleted=True)
    told(
        request,
        None,
        lambda: undelete_secret(actor=desk.actor, secret=secret),
        _("%(name)s is back.") % {"name": secret.name},
    )
    return to_secret(org, secret)


def _confirming(request: HttpRequest, bench: Bench) -> TypedForm:
    """Outside production there is nothing to type: the word is the empty one."""
    word = bench.secret.name if bench.environment.tier == Tier.PRODUCTION else ""
    return TypedForm(request.POST if request.method == "POST" else None, word=word)


def _erased(bench: Bench, number: int) -> bool:
    erase_version(actor=bench.desk.actor, secret=bench.secret, version=number)
    return True


def _facts(bench: Bench, form: TypedForm) -> dict[str, object]:
    place = bench.environment
    return {"project": place.project, "environment": place, "secret": bench.secret, "form": form}


def _number(text: str) -> int:
    if not (text.isdecimal() and len(text) < 10):
        raise NotFound
    return int(text)
