"""Nobody acts in a restored database: not who was removed since the backup, and not who would not know of it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.models import User
from keyvault.errors import Unavailable
from keyvault.installation import guard
from keyvault.middleware import API
from keyvault.pages import refusal_page

OPEN = frozenset({"account_logout", "healthz", "readyz", "status"})
"""The pages, by name, that a signed-in person has all the same."""


class OwnDatabaseOnly:
    """For sessions; tokens are refused where they are judged. No statement of the request's own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        named = request.resolver_match.view_name if request.resolver_match else ""
        if request.path_info.startswith(API) or named in OPEN or not isinstance(request.user, User):
            return None
        try:
            guard.require_own_database()
        except Unavailable as refused:
            return refusal_page(request, refused)
        return None
