"""The organization's tokens, or one's own where the role sees no others; filters stand in the address."""

from dataclasses import dataclass
from typing import Self

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, F, Q
from django.db.models.expressions import Combinable, OrderBy
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from keyvault.actor import TokenKind
from keyvault.console.desk import page
from keyvault.flows.looking import look
from tokens.models import AccessToken
from tokens.querysets import TokenQuerySet
from tokens.views.desk import token_desk

_PAGE = 30
_BEGINNING = 12  # characters of a token that are kept
TABS: dict[str, tuple[str | Promise, Q]] = {
    "": (_("All"), Q()),
    "people": (_("People"), Q(kind=TokenKind.PERSON)),
    "services": (_("Services"), Q(kind=TokenKind.SERVICE)),
    "ci": (_("CI jobs"), Q(kind=TokenKind.CI)),
    "team": (_("Team"), Q(kind=TokenKind.TEAM)),
}
ENDED = "ended"
SORTS: dict[str, tuple[str | Combinable, ...]] = {
    "": ("-created_at", "-id"),
    "used": (OrderBy(F("use__last_at"), nulls_first=True), "id"),
    "expiry": ("expires_at", "id"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    tab: str
    words: str
    sort: str

    @classmethod
    def read(cls, query: QueryDict) -> Self:
        """What is no choice of ours counts as not asked."""
        tab, sort = query.get("show", ""), query.get("sort", "")
        words = query.get("q", "").replace("\0", "").strip()[:200]
        return cls(tab if tab in TABS or tab == ENDED else "", words, sort if sort in SORTS else "")

    @property
    def filters(self) -> list[str]:
        """For the log: which were set, never what was typed, because people paste tokens anywhere."""
        return ["q"] if self.words else []

    def among(self, tokens: TokenQuerySet) -> TokenQuerySet:
        live = Q(pk__in=AccessToken.objects.live())
        chosen = tokens.filter(~live) if self.tab == ENDED else tokens.filter(live, TABS[self.tab][1])
        return (chosen.filter(_named(self.words)) if self.words else chosen).order_by(*SORTS[self.sort])


@login_required
@never_cache
@require_safe
def api_keys(request: HttpRequest, org: str) -> HttpResponse:
    desk, asked = token_desk(request, org), Asked.read(request.GET)
    look(actor=desk.actor, action=desk.looking, on=desk.org.target, details={"of": "tokens", "by": asked.filters})
    facts = {
        "asked": asked,
        "tabs": _tabs(desk.tokens()),
        "page": Paginator(asked.among(desk.tokens()), _PAGE).get_page(request.GET.get("page")),
        "ended": asked.tab == ENDED,
    }
    return page(request, desk, "tokens/list.html", facts, at="api-keys", fragment="tokens/_rows.html")


def _named(words: str) -> Q:
    """As typed: the token's name or how it begins, or who owns it."""
    owner = Q(membership__user__email__icontains=words) | Q(membership__user__name__icontains=words)
    service = Q(service__slug__icontains=words) | Q(service__name__icontains=words)
    return Q(name__icontains=words) | Q(display__istartswith=words[:_BEGINNING]) | owner | service


def _tabs(tokens: TokenQuerySet) -> list[tuple[str, str | Promise, int]]:
    """With their numbers, by one query."""
    live = Q(pk__in=AccessToken.objects.live())
    counts = {f"n_{name}": Count("pk", filter=live & chosen) for name, (_label, chosen) in TABS.items()}
    found = tokens.order_by().aggregate(**counts, n_ended=Count("pk", filter=~live))
    tabs = [(name, label, found[f"n_{name}"]) for name, (label, _chosen) in TABS.items()]
    return [*tabs, (ENDED, _("Revoked and expired"), found["n_ended"])]
