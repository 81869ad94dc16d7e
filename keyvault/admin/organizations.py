"""Organizations: their policies, their people and how many tokens live in them."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin import display
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.safestring import SafeString

from accounts.access import may_operate
from accounts.platform import PlatformAct
from keyvault.admin import cells
from keyvault.admin.entry import operator_of
from keyvault.admin.page import OperatorPage
from keyvault.admin.parts import Cell, Detail, Facts, Table
from orgs.models import Domain, Membership, Organization
from tokens.models import AccessToken

_SHOWN_MEMBERS = 200


def _count(rows: QuerySet[Any]) -> Coalesce:
    """Of the rows of each organization, counted only for those that are shown."""
    counted = rows.filter(org=OuterRef("pk")).order_by().values("org").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


class OrganizationsPage(OperatorPage):
    see = PlatformAct.SEE_ORGANIZATIONS
    label, one = "Organisations", "organisation"
    about = "Policies, members and numbers"

    list_display = ("title", "slug", "created", "members", "live_tokens", "sign_on")
    search_fields = ("name", "slug")
    search_help_text = "Name or slug"
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        members, tokens = _count(Membership.objects.active()), _count(AccessToken.objects.live())
        rows: QuerySet[Any] = super().get_queryset(request).annotate(member_count=members, token_count=tokens)
        return rows

    @display(description="Name", ordering="name")
    def title(self, org: Organization) -> str:
        return org.name

    @display(description="Created", ordering="created_at")
    def created(self, org: Organization) -> SafeString:
        return cells.day(org.created_at)

    @display(description="Members")
    def members(self, org: Any) -> int:
        count: int = org.member_count
        return count

    @display(description="Live tokens")
    def live_tokens(self, org: Any) -> int:
        count: int = org.token_count
        return count

    @display(description="Sign-in")
    def sign_on(self, org: Organization) -> str:
        return cells.words("SSO enforced" if org.sso_enforced else "", "second factor" if org.mfa_required else "")

    def detail(self, request: HttpRequest, row: Any) -> Detail:
        return Detail(
            title=row.name,
            subtitle=cells.code(row.slug),
            facts=[Facts("Numbers", self._numbers(row)), Facts("Policy", policy(row))],
            tables=[self._members(request, row), domains(row)],
        )

    def _numbers(self, org: Any) -> Sequence[tuple[str, Cell]]:
        return [
            ("Created", cells.moment(org.created_at)),
            ("Members", org.member_count),
            ("Live tokens", org.token_count),
        ]

    def _members(self, request: HttpRequest, org: Organization) -> Table:
        rows = Membership.objects.active().filter(org=org).select_related("user").order_by("user__email")
        linked = may_operate(operator_of(request), PlatformAct.SEE_PEOPLE)
        return Table(
            "Members",
            ("Email", "Name", "Role", "Unit", "Kept by", "Since"),
            [
                [
                    cells.link("admin:accounts_user_change", member.user.email, member.user_id)
                    if linked
                    else member.user.email,
                    member.user.name or cells.NOTHING,
                    member.role,
                    member.unit or cells.NOTHING,
                    member.get_source_display(),
                    cells.moment(member.joined_at),
                ]
                for member in rows[:_SHOWN_MEMBERS]
            ],
            note=f"The first {_SHOWN_MEMBERS}." if getattr(org, "member_count", 0) > _SHOWN_MEMBERS else "",
        )


def policy(org: Organization) -> list[tuple[str, Cell]]:
    return [
        ("Second factor", "required" if org.mfa_required else "not required"),
        ("Sign-on", "by the organisation's provider only" if org.sso_enforced else "any way"),
        ("Idle limit", f"{org.idle_minutes} minutes"),
        ("Networks", cells.words(*org.allowed_networks) if org.allowed_networks else "any"),
        ("Longest token", f"{org.token_max_days} days"),
        ("Unused tokens", f"reviewed after {org.stale_token_days} days" if org.stale_token_days else "left alone"),
        ("Found tokens", cells.words(org.get_found_tokens_display(), org.get_found_team_tokens_display())),
        ("Shared values", "refused" if org.refuse_shared_values else "accepted"),
        ("Reason in production", "required" if org.require_reason_in_production else "not required"),
        ("Team tokens in production", "permitted" if org.team_tokens_in_production else "not permitted"),
    ]


def domains(org: Organization) -> Table:
    return Table(
        "Mail domains",
        ("Domain", "Proof", "Proven"),
        [
            [cells.code(each.name), each.get_proof_display(), cells.moment(each.proven_at)]
            for each in Domain.objects.filter(org=org).order_by("name")[:_SHOWN_MEMBERS]
        ],
        empty="No domain claimed.",
    )
