"""Users: who has an account, where they are members, what they did; closing and opening an account; platform roles."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib.admin import SimpleListFilter, display
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.access import may_operate
from accounts.models import User
from accounts.platform import PlatformAct
from keyvault.actor import PlatformRole, Role
from keyvault.admin import activity, cells
from keyvault.admin.entry import operator_of
from keyvault.admin.filters import Choice, Choices
from keyvault.admin.page import OperatorPage
from keyvault.admin.parts import Cell, Detail, Facts, Tab, Table
from keyvault.admin.people_cells import PLATFORM_ROLES, factor_cell, platform_roles, role_name, status_badge, targets_of
from keyvault.admin.person_acts import PersonActs
from keyvault.target import Target
from orgs.models import Invitation, InvitationState, Membership

_SHOWN_MEMBERSHIPS = 200
_SHOWN_INVITATIONS = 10
_TYPED_ENOUGH = 3  # characters, to look for an invited address


def invitations_to(typed: str) -> list[Invitation]:
    """The open ones, to addresses that begin so."""
    rows = Invitation.objects.filter(state=InvitationState.OPEN, expires_at__gt=timezone.now())
    return list(rows.filter(email__istartswith=typed).select_related("org").order_by("email")[:_SHOWN_INVITATIONS])


class StatusFilter(Choice):
    title = "status"
    parameter_name = "status"
    options = {
        "active": ("Active", lambda: Q(is_active=True)),
        "inactive": ("Inactive", lambda: Q(is_active=False)),
    }


class RoleFilter(SimpleListFilter):
    """A role in any organization, or of the platform."""

    title = "role"
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [
            *((f"org.{role}", role.title()) for role in Role),
            *((f"platform.{role}", role_name(role)) for role in PlatformRole),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        kind, _, role = (self.value() or "").partition(".")
        if kind == "org" and role in frozenset(Role):
            members = Membership.objects.active().filter(role=role)
            return queryset.filter(pk__in=members.values("user"))
        if kind == "platform" and role in PLATFORM_ROLES:
            return queryset.filter(is_staff=True, groups__name=role)
        return queryset


class PeoplePage(PersonActs, OperatorPage):
    see = PlatformAct.SEE_PEOPLE
    label, one = "Users", "user"
    about = "Accounts, memberships and activity; closing an account, platform roles"
    nothing_found = "There is no record of a person before the first sign-in or an invitation."
    unread = ("password",)

    list_display = ("person", "email", "roles", "units", "status", "registered", "signed_in")
    list_filter = (StatusFilter, RoleFilter)
    search_fields = ("name", "email")
    search_help_text = "Name or email"
    ordering = ("-joined_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        memberships = Membership.objects.active().select_related("org").order_by("joined_at")
        return super().get_queryset(request).prefetch_related("groups", Prefetch("memberships", memberships, "current"))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Whoever was invited and has not come yet is told beside an empty search."""
        typed = request.GET.get("q", "").strip().replace("\0", "")
        invited = invitations_to(typed) if len(typed) >= _TYPED_ENOUGH else ()
        return super().changelist_view(request, {**(extra_context or {}), "invitations": invited})

    @display(description="Name", ordering="name")
    def person(self, user: User) -> str:
        return user.name or user.email

    @display(description="Roles")
    def roles(self, user: Any) -> Cell:
        in_organizations = (f"{membership.role} in {membership.org.name}" for membership in user.current)
        return cells.words(*map(role_name, platform_roles(user)), *in_organizations)

    @display(description="Organisational unit")
    def units(self, user: Any) -> Cell:
        return cells.words(*dict.fromkeys(membership.unit for membership in user.current))

    @display(description="Status", ordering="-is_active")
    def status(self, user: User) -> SafeString:
        return status_badge(user)

    @display(description="Registered", ordering="joined_at")
    def registered(self, user: User) -> SafeString:
        return cells.day(user.joined_at)

    @display(description="Last sign-in", ordering="last_login")
    def signed_in(self, user: User) -> SafeString:
        return cells.ago(user.last_login)

    def targets(self, row: User) -> Sequence[Target]:
        return targets_of(row)

    def detail(self, request: HttpRequest, row: User) -> Detail:
        return Detail(
            title=row.name or row.email,
            subtitle=status_badge(row),
            facts=[Facts("Account", self._account(row))],
            tables=[self._memberships(request, row)],
            acts=[*self.acts(request, row)],
            tabs=self._tabs(row, "change"),
        )

    def act_urls(self) -> list[URLPattern]:
        view = self.guarded(self.activity_view)
        return [*super().act_urls(), path("<uuid:object_id>/activity", view, name=self.url_name("activity"))]

    def activity_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        user = self.found(request, object_id)
        detail = Detail(
            title=user.name or user.email,
            subtitle=status_badge(user),
            facts=[activity.numbers(user)],
            tables=activity.tables(user),
            tabs=self._tabs(user, "activity"),
        )
        return self.shown(request, detail)

    def _tabs(self, user: User, current: str) -> list[Tab]:
        names = {"change": "Person", "activity": "Activity"}
        return [Tab(label, self.address(name, user.pk), name == current) for name, label in names.items()]

    def _account(self, user: User) -> list[tuple[str, Cell]]:
        return [
            ("Email", user.email),
            ("Name", user.name or cells.NOTHING),
            ("Platform roles", cells.words(*map(role_name, platform_roles(user)))),
            ("Second factor", factor_cell(user)),
            ("Registered", cells.moment(user.joined_at)),
            ("Last sign-in", cells.moment(user.last_login, never="Never")),
        ]

    def _memberships(self, request: HttpRequest, user: User) -> Table:
        rows = Membership.objects.filter(user=user).select_related("org").order_by("ended_at", "joined_at")
        linked = may_operate(operator_of(request), PlatformAct.SEE_ORGANIZATIONS)
        return Table(
            "Memberships",
            ("Organisation", "Role", "Unit", "Kept by", "Since", "Last day", "Ended"),
            [
                [
                    cells.organization(membership.org, linked=linked),
                    membership.role,
                    membership.unit or cells.NOTHING,
                    membership.get_source_display(),
                    cells.moment(membership.joined_at),
                    str(membership.ends_on or "") or cells.NOTHING,
                    cells.moment(membership.ended_at),
                ]
                for membership in rows[:_SHOWN_MEMBERSHIPS]
            ],
            empty="A member of no organisation.",
        )
