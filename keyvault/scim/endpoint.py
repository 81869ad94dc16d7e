"""The one base of the views: which organization's directory asks, what it says, and refusals in its form."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags
from django.views import View
from scim2_models import ResponseParameters

from keyvault.actor import Actor
from keyvault.api import throttles
from keyvault.api.parsers import parse_object
from keyvault.api.problems import LengthRequired, MethodNotAllowed, UnsupportedMediaType
from keyvault.errors import NotFound, PreconditionFailed, TooLarge, Unauthorized
from keyvault.middleware import origin_of
from keyvault.scim.problems import FORESEEN, refuse
from keyvault.scim.resources import PROVIDER
from orgs.models import Organization
from orgs.services.scim_tokens import actor_by, authenticate_directory

BODY_LIMIT = 1024 * 1024  # bytes: a group of ten thousand members fits
MOST_OPERATIONS = 1000

_SHOWN = ("attributes", "excludedAttributes")
_MEDIA_TYPES = ("application/scim+json", "application/json")


class ScimEndpoint(View):
    """The token names the organization, so no address does. Cookies never count here, so no form can be forged."""

    http_method_names = ["get", "head", "post", "put", "patch", "delete"]

    actor: Actor
    org: Organization

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            self._admit(request)
            with PROVIDER:
                return super().dispatch(request, *args, **kwargs)
        except FORESEEN as exception:
            refused = refuse(exception)
            if refused is None:
                raise
            return refused

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        raise MethodNotAllowed

    def said(self) -> dict[str, Any]:
        """The body as strict JSON (:mod:`keyvault.api.parsers`). Raises what becomes a 400, 411, 413 or 415."""
        request = self.request
        if "Transfer-Encoding" in request.headers and not request.META.get("CONTENT_LENGTH"):
            raise LengthRequired("The body comes without its length.", remedy="Send Content-Length, not chunks.")
        if request.content_type not in _MEDIA_TYPES:
            raise UnsupportedMediaType(remedy="Send Content-Type: application/scim+json.")
        body = request.read(BODY_LIMIT + 1)
        if len(body) > BODY_LIMIT:
            raise TooLarge(f"The body is larger than {BODY_LIMIT} bytes.")
        return parse_object(body)

    def operations(self) -> dict[str, Any]:
        """The body of a PATCH."""
        body = self.said()
        listed = next((value for name, value in body.items() if name.lower() == "operations"), None)
        if isinstance(listed, list) and len(listed) > MOST_OPERATIONS:
            raise TooLarge(f"More than {MOST_OPERATIONS} operations.")
        return body

    def shown(self, resource: type[Any]) -> ResponseParameters[Any]:
        """``attributes`` and ``excludedAttributes`` of the query string."""
        asked = {name: self.request.GET[name] for name in _SHOWN if name in self.request.GET}
        bound: Any = ResponseParameters.__class_getitem__(resource)  # of a variable: not for mypy to read
        parameters: ResponseParameters[Any] = bound.model_validate(asked)
        return parameters

    def knows(self, version: str) -> bool:
        """``If-None-Match`` (RFC 9110 §13.1.2)."""
        return version in parse_etags(self.request.headers.get("If-None-Match", ""))

    def require_version(self, version: str) -> None:
        """``If-Match`` (RFC 7644 §3.14, where weak tags are compared too). Raises PreconditionFailed."""
        tags = parse_etags(self.request.headers.get("If-Match", ""))
        if tags and "*" not in tags and version not in tags:
            raise PreconditionFailed("It has changed since it was read.")

    def _admit(self, request: HttpRequest) -> None:
        origin = origin_of(request)
        throttles.count_address(origin)
        try:
            token = authenticate_directory(_presented(request), origin=origin)
        except Unauthorized:
            throttles.count_refusal(origin)
            raise
        throttles.count_token(token.pk)
        self.actor, self.org = actor_by(token, origin), token.org


class NoSuchPlace(ScimEndpoint):
    """Any other address below, whatever the method."""

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        raise NotFound("There is no such address.")


def _presented(request: HttpRequest) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
