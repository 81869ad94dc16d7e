"""A page of the admin: a list and a detail, to be looked at. What changes something is an act with its own address."""

from collections.abc import Callable, Sequence
from functools import update_wrapper
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import ModelAdmin, ShowFacets
from django.core.cache import cache
from django.db import models
from django.forms import Form, Script
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from accounts.access import INSTALLATION, may_operate, require_operator
from accounts.platform import PlatformAct
from audit.services import record, record_many
from keyvault.admin.entry import operator_of
from keyvault.admin.paging import CappedPaginator
from keyvault.admin.parts import Detail, Question
from keyvault.errors import Conflict, NotAllowed, NotFound
from keyvault.target import Target

_LIST_LOOK_SECONDS = 60  # a list that is searched as one types is looked at once a minute

View = Callable[..., HttpResponse]


class OperatorPage(ModelAdmin):  # type: ignore[type-arg] # of whatever model
    """``see`` is the act of the matrix that opens it; ``label`` and ``one`` name its rows in the interface."""

    see: ClassVar[PlatformAct]
    label: ClassVar[str]
    one: ClassVar[str]
    about: ClassVar[str]
    nothing_found: ClassVar[str] = ""
    unread: ClassVar[tuple[str, ...]] = ()
    """Columns that never leave the database for this page: digests, envelopes, sealed text."""

    change_list_template = "admin/operators/change_list.html"
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 0
    actions_selection_counter = True
    empty_value_display = "–"

    class Media:
        js = (Script("kv/live-search.js", defer=True),)

    # Only looking, and only by the matrix.

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return may_operate(operator_of(request), self.see)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only the filters that are offered: any column in a query could be read by guessing, digests included."""
        return lookup in self._parameters()

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).defer(*self.unread)

    # Pages

    def get_urls(self) -> list[URLPattern]:
        return [
            path("", self.guarded(self.changelist_view), name=self.url_name("changelist")),
            path("<uuid:object_id>/", self.guarded(self.detail_view), name=self.url_name("change")),
            *self.act_urls(),
        ]

    def act_urls(self) -> list[URLPattern]:
        return []

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        require_operator(operator_of(request), self.see)
        self.record_list_look(request, sorted(set(request.GET) & {"q", *self._parameters()}))
        return super().changelist_view(request, {**(extra_context or {}), "title": self.label, "page": self})

    def detail_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """One event for the look at one thing, in the log of each organization that it belongs to."""
        row = self.found(request, object_id)
        return self.shown(request, self.detail(request, row))

    def found(self, request: HttpRequest, object_id: UUID) -> Any:
        """Raises NotAllowed and NotFound; else the look is recorded."""
        actor = operator_of(request)
        require_operator(actor, self.see)
        row = self.rows_in_detail(request).filter(pk=object_id).first()
        if row is None:
            raise NotFound
        record_many(self.see, actor=actor, on=self.targets(row))
        return row

    def of_act(self, request: HttpRequest, object_id: UUID, act: PlatformAct) -> Any:
        """The row, for an operator who may do ``act``: asked in front of the form, and again by the service."""
        require_operator(operator_of(request), act)
        return self.found(request, object_id)

    def shown(self, request: HttpRequest, detail: Detail) -> HttpResponse:
        return self.rendered(request, "admin/operators/detail.html", detail.title, {"detail": detail})

    def rendered(
        self, request: HttpRequest, template: str, title: str, context: dict[str, Any], *, status: int = 200
    ) -> HttpResponse:
        everywhere = self.admin_site.each_context(request)
        own = {"page": self, "opts": self.opts, "title": title, "list_address": self.address("changelist")}
        return TemplateResponse(request, template, {**everywhere, **own, **context}, status=status)

    def do(self, request: HttpRequest, question: Question, form: Form, act: Callable[..., object]) -> HttpResponse:
        """The act upon a post, with what the form says; a refusal stands on the form's page."""
        if not form.is_valid():
            return self.ask(request, question, form)
        try:
            act(actor=operator_of(request), **form.cleaned_data)
        except (Conflict, NotAllowed) as refusal:
            form.add_error(None, f"{refusal.detail} {refusal.remedy}".strip())
            return self.ask(request, question, form, status=refusal.status)
        messages.success(request, "Done.")
        return HttpResponseRedirect(question.back)

    def record_list_look(self, request: HttpRequest, by: list[str]) -> None:
        """``by`` names the fields that something was typed into, never what: people type secrets anywhere."""
        actor = operator_of(request)
        if cache.add(f"operator-list:{actor.id}:{self.see}", 1, _LIST_LOOK_SECONDS):
            record(self.see, actor=actor, on=INSTALLATION, details={"list": True, "by": by})

    def ask(self, request: HttpRequest, question: Question, form: Form, *, status: int = 200) -> HttpResponse:
        """The page in front of an act: what it does, what it needs to know, a button and the way back."""
        status = 422 if form.errors and status == 200 else status
        return self.rendered(
            request, "admin/operators/act.html", question.title, {"question": question, "form": form}, status=status
        )

    # For the page to say

    def rows_in_detail(self, request: HttpRequest) -> models.QuerySet[Any]:
        return self.get_queryset(request)

    def targets(self, row: Any) -> Sequence[Target]:
        return [row.target]

    def detail(self, request: HttpRequest, row: Any) -> Detail:
        raise NotImplementedError

    # Addresses

    def guarded(self, view: View) -> View:
        """Behind the site's door, like every view of the stock admin."""

        def wrapper(*args: Any, **kwargs: Any) -> HttpResponse:
            answer: HttpResponse = self.admin_site.admin_view(view)(*args, **kwargs)
            return answer

        return update_wrapper(wrapper, view)

    def url_name(self, which: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{which}"

    def address(self, which: str, *arguments: object) -> str:
        return reverse(f"admin:{self.url_name(which)}", args=arguments)

    def menu_entry(self) -> dict[str, object]:
        return {
            "model": self.model,
            "name": self.label,
            "object_name": self.opts.object_name,
            "perms": {"view": True},
            "admin_url": self.address("changelist"),
            "add_url": None,
            "view_only": True,
            "about": self.about,
        }

    def _parameters(self) -> set[str]:
        return {getattr(each, "parameter_name", "") for each in self.list_filter}


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to."""
    return request.POST if request.method == "POST" else None
