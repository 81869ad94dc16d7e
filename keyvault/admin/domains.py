"""Mail domains: who claims and who has proven them; approving one that no public DNS can prove."""

from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.admin import display
from django.db.models import Q
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from accounts.access import may_operate
from accounts.platform import PlatformAct
from keyvault.admin import cells
from keyvault.admin.entry import operator_of
from keyvault.admin.filters import Choice
from keyvault.admin.page import OperatorPage, posted
from keyvault.admin.parts import Act, Cell, Detail, Facts, Question
from keyvault.flows.step_up import require_own_factor
from orgs.models import Domain
from orgs.services.domains import approve_domain

_APPROVING = (
    "From then on the organisation's identity provider signs in whoever has an address in this domain.",
    "Make sure that the domain is theirs: the approval stands in place of the record in DNS.",
    "A session that was opened so reaches this organisation and no other.",
)


class ProofFilter(Choice):
    title = "proof"
    parameter_name = "proof"
    options = {
        "none": ("Not proven", lambda: Q(proven_at=None)),
        "dns": ("By DNS", lambda: Q(proof="dns")),
        "operator": ("By approval", lambda: Q(proof="operator")),
    }


class DomainsPage(OperatorPage):
    see = PlatformAct.SEE_DOMAINS
    label, one = "Mail domains", "mail domain"
    about = "Whose addresses sign in through whose provider; approving a domain"
    unread = ("challenge",)

    list_display = ("name", "organization", "status", "created", "proven")
    list_filter = (ProofFilter,)
    list_select_related = ("org",)
    search_fields = ("name", "org__name", "org__slug")
    search_help_text = "Domain or organisation"
    ordering = ("-created_at",)

    @display(description="Organisation", ordering="org__name")
    def organization(self, domain: Domain) -> str:
        return domain.org.name

    @display(description="Proof", ordering="proof")
    def status(self, domain: Domain) -> SafeString:
        return status_badge(domain)

    @display(description="Claimed", ordering="created_at")
    def created(self, domain: Domain) -> SafeString:
        return cells.day(domain.created_at)

    @display(description="Proven", ordering="proven_at")
    def proven(self, domain: Domain) -> SafeString:
        return cells.moment(domain.proven_at)

    def rows_in_detail(self, request: HttpRequest) -> Any:
        return self.get_queryset(request).select_related("org")

    def detail(self, request: HttpRequest, row: Domain) -> Detail:
        linked = may_operate(operator_of(request), PlatformAct.SEE_ORGANIZATIONS)
        facts: list[tuple[str, Cell]] = [
            ("Organisation", cells.organization(row.org, linked=linked)),
            ("Claimed", cells.moment(row.created_at)),
            ("Proven", cells.moment(row.proven_at)),
        ]
        return Detail(row.name, status_badge(row), [Facts("Domain", facts)], acts=[*self._acts(request, row)])

    def act_urls(self) -> list[URLPattern]:
        view = self.guarded(require_own_factor(self.approval_view))
        return [path("<uuid:object_id>/approval", view, name=self.url_name("approval"))]

    def approval_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        domain: Domain = self.of_act(request, object_id, PlatformAct.APPROVE_DOMAIN)
        title = f"Approve {domain.name} for {domain.org.name}?"
        question = Question(title, "Approve", self.address("change", domain.pk), _APPROVING)
        return self.do(request, question, Form(posted(request)), partial(approve_domain, domain=domain))

    def _acts(self, request: HttpRequest, domain: Domain) -> Iterator[Act]:
        if domain.proven_at is None and may_operate(operator_of(request), PlatformAct.APPROVE_DOMAIN):
            yield Act("Approve", self.address("approval", domain.pk))


def status_badge(domain: Domain) -> SafeString:
    return cells.badge(domain.get_proof_display(), "ok" if domain.proven_at else "plain")
