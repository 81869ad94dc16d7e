"""Tokens of every organization: whose, for what, when last used; revoking one or many, with the cause."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import display
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.access import may_operate
from accounts.platform import PlatformAct
from audit.models import Event
from audit.newest import newest
from keyvault.actor import TokenKind
from keyvault.admin import cells, event_rows
from keyvault.admin.entry import operator_of
from keyvault.admin.filters import Choice, Typed, days_ago
from keyvault.admin.page import Act, Cell, Detail, Facts, OperatorPage
from keyvault.admin.revoking import Revoking
from tokens.models import AccessToken, TokenState

_SHOWN_EVENTS = 50
_KINDS = {
    TokenKind.PERSON: "Person",
    TokenKind.SERVICE: "Service",
    TokenKind.CI: "CI job",
    TokenKind.TEAM: "Team",
}


def _live() -> Q:
    return ~Q(state=TokenState.REVOKED) & Q(expires_at__gt=timezone.now())


def _ends_within(days: int) -> Q:
    return _live() & Q(expires_at__lte=days_ago(-days))


def _unused_for(days: int) -> Q:
    """Used before but not since; or made before and never used."""
    return Q(use__last_at__lt=days_ago(days)) | Q(use=None, created_at__lt=days_ago(days))


class StatusFilter(Choice):
    title = "status"
    parameter_name = "status"
    options = {
        "active": ("Active", lambda: _live() & Q(state=TokenState.ACTIVE)),
        "paused": ("Paused", lambda: _live() & Q(state=TokenState.PAUSED)),
        "expired": ("Expired", lambda: ~Q(state=TokenState.REVOKED) & Q(expires_at__lte=timezone.now())),
        "revoked": ("Revoked", lambda: Q(state=TokenState.REVOKED)),
    }


class KindFilter(Choice):
    title = "kind"
    parameter_name = "kind"
    options = {
        "person": ("Person", lambda: Q(kind=TokenKind.PERSON)),
        "service": ("Service", lambda: Q(kind=TokenKind.SERVICE)),
        "ci": ("CI job", lambda: Q(kind=TokenKind.CI)),
        "team": ("Team", lambda: Q(kind=TokenKind.TEAM)),
    }


class OwnerFilter(Typed):
    title = "token owner"
    parameter_name = "owner"
    hint = "Email or service"

    def asks(self, text: str) -> Q:
        return Q(membership__user__email__iexact=text) | Q(service__slug__iexact=text)


class LastUsedFilter(Choice):
    title = "last use"
    parameter_name = "unused"
    options = {
        "30": ("Not in 30 days", lambda: _unused_for(30)),
        "60": ("Not in 60 days", lambda: _unused_for(60)),
        "90": ("Not in 90 days", lambda: _unused_for(90)),
        "180": ("Not in 180 days", lambda: _unused_for(180)),
        "never": ("Never used", lambda: Q(use=None)),
    }


class ExpiryFilter(Choice):
    title = "expiry"
    parameter_name = "expires"
    options = {
        "30": ("Within 30 days", lambda: _ends_within(30)),
        "60": ("Within 60 days", lambda: _ends_within(60)),
        "90": ("Within 90 days", lambda: _ends_within(90)),
        "180": ("Within 180 days", lambda: _ends_within(180)),
        "later": ("Later", lambda: _live() & Q(expires_at__gt=days_ago(-180))),
    }


class TokensPage(Revoking, OperatorPage):
    see = PlatformAct.SEE_TOKENS
    label, one = "Tokens", "token"
    about = "Access tokens of every organisation; revoking them"
    unread = ("digest", "mac")

    list_display = ("name", "owner", "prefix", "status", "organization", "environment_name", "created", "last_used")
    list_filter = (StatusFilter, KindFilter, OwnerFilter, LastUsedFilter, ExpiryFilter)
    list_select_related = ("org", "project", "environment", "membership__user", "service", "use")
    search_fields = ("name", "display", "membership__user__name", "membership__user__email", "service__slug")
    search_help_text = "Name, token owner or prefix"
    ordering = ("-created_at",)

    @display(description="Token owner")
    def owner(self, token: AccessToken) -> str:
        return owner_of(token)

    @display(description="Prefix", ordering="display")
    def prefix(self, token: AccessToken) -> SafeString:
        return cells.code(token.display)

    @display(description="Organisation", ordering="org__name")
    def organization(self, token: AccessToken) -> str:
        return token.org.name

    @display(description="Environment")
    def environment_name(self, token: AccessToken) -> Cell:
        return place_of(token)

    @display(description="Created", ordering="created_at")
    def created(self, token: AccessToken) -> SafeString:
        return cells.day(token.created_at)

    @display(description="Last used", ordering=F("use__last_at").asc(nulls_first=True))
    def last_used(self, token: AccessToken) -> SafeString:
        return cells.ago(token.use.last_at if hasattr(token, "use") else None)

    @display(description="Status", ordering="state")
    def status(self, token: AccessToken) -> SafeString:
        return status_badge(token)

    def rows_in_detail(self, request: HttpRequest) -> QuerySet[Any]:
        everything = ("project__org", "environment__org", "environment__project__org", "parent", "replaced_by")
        return self.get_queryset(request).select_related(*self.list_select_related, *everything)

    def detail(self, request: HttpRequest, row: AccessToken) -> Detail:
        return Detail(
            title=row.name,
            subtitle=status_badge(row),
            facts=[
                Facts("Token", self._token(request, row)),
                Facts("Binding", binding(row)),
                Facts("Use", use(row)),
            ],
            tables=[event_rows.table("Usage history", history(row), empty="No event names this token yet.")],
            acts=[*self._acts(request, row)],
        )

    def _token(self, request: HttpRequest, token: AccessToken) -> list[tuple[str, Cell]]:
        linked = may_operate(operator_of(request), PlatformAct.SEE_ORGANIZATIONS)
        ended = [
            ("Revoked", cells.moment(token.revoked_at)),
            ("Revoked by", token.revoked_by),
            ("Cause", token.revoked_cause),
        ]
        return [
            ("Prefix", cells.code(token.display)),
            ("Kind", _KINDS[TokenKind(token.kind)]),
            ("Token owner", self._owner(request, token)),
            ("Organisation", cells.organization(token.org, linked=linked)),
            ("Note", token.note or cells.NOTHING),
            ("Created", cells.moment(token.created_at)),
            ("Issued by", token.issued_by),
            ("Issued through", self._token_link(token.parent)),
            ("Replaced by", self._token_link(token.replaced_by)),
            ("Expires", cells.moment(token.expires_at)),
            *(ended if token.revoked_at else ()),
        ]

    def _owner(self, request: HttpRequest, token: AccessToken) -> Cell:
        if token.membership and may_operate(operator_of(request), PlatformAct.SEE_PEOPLE):
            return cells.link("admin:accounts_user_change", owner_of(token), token.membership.user_id)
        return owner_of(token)

    def _token_link(self, token: AccessToken | None) -> Cell:
        return cells.link(f"admin:{self.url_name('change')}", token.name, token.pk) if token else cells.NOTHING

    def _acts(self, request: HttpRequest, token: AccessToken) -> Iterator[Act]:
        if self.has_revoke_permission(request) and token.state != TokenState.REVOKED:
            yield Act("Revoke", self.address("revocation", token.pk), danger=True)


def owner_of(token: AccessToken) -> str:
    if token.membership:
        return token.membership.user.email
    return token.service.slug if token.service else "team"


def place_of(token: AccessToken) -> Cell:
    if token.environment and token.project:
        return f"{token.project.slug} / {token.environment.slug}"
    return f"{token.project.slug} / all" if token.project else "all"


def binding(token: AccessToken) -> list[tuple[str, Cell]]:
    return [
        ("Environment", place_of(token)),
        ("Paths", cells.words(*token.prefixes)),
        ("Permits", cells.words(*token.verbs)),
        ("Reveals production", "yes" if token.may_reveal_production else "no"),
        ("Networks", cells.words(*token.networks)),
        ("Origins", cells.words(*token.origins)),
    ]


def use(token: AccessToken) -> list[tuple[str, Cell]]:
    if not hasattr(token, "use"):
        return [("Last used", "Never")]
    return [
        ("Last used", cells.moment(token.use.last_at)),
        ("From", token.use.address or cells.NOTHING),
        ("By", token.use.agent or cells.NOTHING),
        ("Requests", token.use.count),
    ]


def history(token: AccessToken) -> list[Event]:
    """What was done with it and to it."""
    events = Event.objects.filter(org_id=token.org_id)
    return newest([events.filter(token_id=token.pk), events.filter(target_token_id=token.pk)], limit=_SHOWN_EVENTS)


def status_badge(token: AccessToken) -> SafeString:
    if token.state == TokenState.REVOKED:
        return cells.badge("Revoked", "danger")
    if token.expires_at <= timezone.now():
        return cells.badge("Expired", "plain")
    return cells.badge("Paused", "warn") if token.state == TokenState.PAUSED else cells.badge("Active", "ok")
