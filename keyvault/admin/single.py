"""A page of the admin that is one look: facts and tables, no list of rows to open."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from accounts.access import require_operator
from keyvault.admin.entry import operator_of
from keyvault.admin.page import OperatorPage
from keyvault.admin.parts import Detail


class SinglePage(OperatorPage):
    def get_urls(self) -> list[URLPattern]:
        return [path("", self.guarded(self.changelist_view), name=self.url_name("changelist"))]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        require_operator(operator_of(request), self.see)
        self.record_list_look(request, [])
        return self.shown(request, self.look(request))

    # For the page to say

    def look(self, request: HttpRequest) -> Detail:
        raise NotImplementedError
