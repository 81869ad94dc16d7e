"""The site: the product's one sign-in, a second factor always, and only what is registered by name."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from accounts.access import INSTALLATION, not_permitted
from audit.services import Outcome, record
from keyvault.admin.entry import Entry, entry, operator_of
from keyvault.admin.page import OperatorPage
from keyvault.errors import NotAllowed

ENTER = "operator:enter"

# Django's own pages that change a password, list rows by name, or lead out of the admin.
_LEFT_OUT = frozenset({"password_change", "password_change_done", "autocomplete", "view_on_site"})


class OperatorSite(AdminSite):
    site_title = "KeyVault operators"
    site_header = "KeyVault operators"
    index_title = "Platform"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")

    def has_permission(self, request: HttpRequest) -> bool:
        return entry(request) is Entry.OPEN

    @method_decorator(never_cache)
    @login_not_required
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Never a form: what is posted here is not read. Leads to what is still missing, and back."""
        missing, back = entry(request), _way_back(request)
        if missing is Entry.OPEN:
            return HttpResponseRedirect(back)
        if missing is Entry.ANONYMOUS:
            return HttpResponseRedirect(reverse("account_login", query={"next": back}))
        if missing is Entry.NEEDS_FACTOR:
            return HttpResponseRedirect(_second_factor(back))
        record(ENTER, actor=operator_of(request), on=INSTALLATION, outcome=Outcome.DENIED, reason=missing.value)
        raise _REFUSALS[missing]()

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]
        return redirect("account_logout")

    def app_index(self, request: HttpRequest, app_label: str, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        return redirect("admin:index")

    def get_urls(self) -> list[Any]:
        return [pattern for pattern in super().get_urls() if getattr(pattern, "name", None) not in _LEFT_OUT]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """One menu, in the order of registration, of the pages that the operator's roles open."""
        pages = [page for page in self._registry.values() if isinstance(page, OperatorPage)]
        entries = [page.menu_entry() for page in pages if page.has_view_permission(request)]
        home = reverse("admin:index", current_app=self.name)
        menu = {"name": "Platform", "app_label": "platform", "app_url": home, "has_module_perms": True}
        return [{**menu, "models": entries}] if entries else []

    def get_log_entries(self, request: HttpRequest) -> tuple[()]:  # type: ignore[override]
        """Django's own log of the admin stays empty: acts are events."""
        return ()


def _wrong_network() -> NotAllowed:
    return NotAllowed(
        "The admin does not answer to this address.",
        rule=Entry.WRONG_NETWORK.value,
        remedy="Who runs the installation can admit its network.",
    )


_REFUSALS: dict[Entry, Callable[[], NotAllowed]] = {
    Entry.NO_OPERATOR: not_permitted,
    Entry.WRONG_NETWORK: _wrong_network,
}


def _way_back(request: HttpRequest) -> str:
    """Where ``next`` leads, inside of the admin; else its first page."""
    home = reverse("admin:index")
    wanted = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    inside = wanted.startswith(home) and not wanted.startswith(reverse("admin:login"))
    return wanted if safe and inside else home


def _second_factor(back: str) -> str:
    """Raises NotAllowed where the installation has no page for it."""
    try:
        return reverse("step-up", query={"next": back})
    except NoReverseMatch:
        raise NotAllowed(
            "The admin needs a second factor.", rule=Entry.NEEDS_FACTOR.value, remedy="Set one up for your account."
        ) from None
