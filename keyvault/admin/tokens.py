"""Tokens of every organization: whose, for what, when last used; revoking one or many, with the cause."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import display
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from accounts.access import may_operate
from accounts.platform import PlatformAct
from keyvault.actor import TokenKind
from keyvault.admin import cells, event_rows, model_usage
from keyvault.admin.entry import operator_of
from keyvault.admin.page import OperatorPage
from keyvault.admin.parts import Act, Cell, Detail, Facts
from keyvault.admin.revoking import Revoking
from keyvault.admin.token_cells import KINDS, binding, history, owner_of, place_of, status_badge, use
from keyvault.admin.token_filters import ExpiryFilter, KindFilter, LastUsedFilter, OwnerFilter, StatusFilter
from tokens.models import AccessToken, TokenState


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
            tables=[
                event_rows.table("Usage history", history(row), empty="No event names this token yet."),
                model_usage.table(Q(token=row.pk)),
            ],
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
            ("Kind", KINDS[TokenKind(token.kind)]),
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
