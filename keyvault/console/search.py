"""Search and jump: projects, secrets by name, tokens, people, the places of the console. A page, and as one types."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from keyvault.console.desk import Desk, desk_in, page
from keyvault.flows.looking import look
from keyvault.secrets.models import Project, Secret
from orgs.models import Membership
from orgs.permissions import Action
from tokens.models import AccessToken

_EACH = 6
_BEGINNING = 12  # characters of a token that are kept


@dataclass(frozen=True, slots=True)
class Hit:
    title: str
    address: str
    icon: str
    beside: str = ""


@login_required
@never_cache
@require_safe
def search(request: HttpRequest, org: str) -> HttpResponse:
    desk = desk_in(request, org)
    words = request.GET.get("q", "").replace("\0", "").strip()[:120]
    details = {"of": "search", "among": _among(words)}
    look(actor=desk.actor, action=Action.LIST_PROJECTS, on=desk.org.target, details=details)
    groups = [(title, hits) for title, hits in _groups(desk, words) if hits]
    facts = {"words": words, "groups": groups}
    return page(request, desk, "console/search.html", facts, at="search", fragment="console/_hits.html")


def _among(words: str) -> list[str]:
    """For the log: what was looked through, never for what."""
    return ["projects", "secrets", "tokens", "people"] if words else ["projects"]


def _groups(desk: Desk, words: str) -> Iterator[tuple[str, list[Hit]]]:
    yield _("Projects"), _projects(desk, words)
    if words:
        yield _("Secrets"), _secrets(desk, words)
        yield _("Tokens"), _tokens(desk, words)
        yield _("People"), _people(desk, words)
    yield _("Go to"), [hit for hit in _places(desk) if words.casefold() in hit.title.casefold()]


def _projects(desk: Desk, words: str) -> list[Hit]:
    found = Project.objects.visible_to(desk.actor).filter(name__icontains=words).order_by("slug")[:_EACH]
    return [Hit(each.name, reverse("project", args=[desk.org.slug, each.slug]), "folder-key") for each in found]


def _secrets(desk: Desk, words: str) -> list[Hit]:
    """For whose role lists names everywhere; whoever has grants only finds them in the project."""
    if not desk.may(Action.LIST_SECRETS):
        return []
    found = Secret.objects.visible_to(desk.actor).live().placed().filter(name__icontains=words)
    return [
        Hit(each.name, _of_secret(desk, each), "key-round", f"{each.environment.project.name}, {each.environment.name}")
        for each in found.order_by("name", "environment__project__slug", "environment__order")[:_EACH]
        if desk.may(Action.LIST_SECRETS, each.target)
    ]


def _of_secret(desk: Desk, secret: Secret) -> str:
    place = secret.environment
    return reverse("secret", args=[desk.org.slug, place.project.slug, secret.name], query={"env": place.slug})


def _tokens(desk: Desk, words: str) -> list[Hit]:
    """Live ones: of everybody for who may list them, else one's own."""
    named = Q(name__icontains=words) | Q(display__istartswith=words[:_BEGINNING])
    found = AccessToken.objects.visible_to(desk.actor).live().filter(named).order_by("name", "pk")[:_EACH]
    return [
        Hit(each.name, reverse("api-key", args=[desk.org.slug, each.pk]), "key-round", each.display) for each in found
    ]


def _people(desk: Desk, words: str) -> list[Hit]:
    named = Q(user__name__icontains=words) | Q(user__email__icontains=words)
    rows = Membership.objects.visible_to(desk.actor).acting().filter(named).select_related("user")
    return [
        Hit(str(each.user), reverse("member", args=[desk.org.slug, each.pk]), "user-round", each.get_role_display())
        for each in rows.order_by("user__email")[:_EACH]
    ]


def _places(desk: Desk) -> Iterator[Hit]:
    slug = desk.org.slug
    yield Hit(_("Overview"), reverse("overview", args=[slug]), "layout-dashboard", "G O")
    yield Hit(_("Access tokens"), reverse("api-keys", args=[slug]), "key-round", "G T")
    yield Hit(_("Gateway usage"), reverse("usage", args=[slug]), "activity", "G U")
    if desk.may(Action.LIST_LIMITS):
        yield Hit(_("Limits and billing"), reverse("billing", args=[slug]), "hourglass", "G B")
    yield Hit(_("Members"), reverse("members", args=[slug]), "users", "G M")
    yield Hit(_("Teams"), reverse("teams", args=[slug]), "users")
    yield Hit(_("Access"), reverse("access", args=[slug]), "lock")
    if desk.may(Action.SEARCH_LEAKS):
        yield Hit(_("Leak desk"), reverse("leaks", args=[slug]), "shield-alert")
    yield Hit(_("Settings"), reverse("settings", args=[slug]), "settings", "G S")
    yield Hit(_("Policy"), reverse("policy", args=[slug]), "shield-check")
    if desk.may(Action.LIST_STREAMS):
        yield Hit(_("Streams"), reverse("streams", args=[slug]), "scroll-text")
    yield Hit(_("Danger zone"), reverse("danger", args=[slug]), "triangle-alert")
    if desk.may(Action.CREATE_PROJECT):
        yield Hit(_("New project"), reverse("new-project", args=[slug]), "plus")
