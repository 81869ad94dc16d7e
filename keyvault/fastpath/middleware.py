"""Answers the one hot request, ``GET …/values/<name>``, before sessions, forms and views are set up."""

import re
from collections.abc import Callable

import orjson
from django.http import HttpRequest, HttpResponse

from keyvault.api import throttles
from keyvault.api.etags import etag_of, is_known
from keyvault.api.problems import problem
from keyvault.errors import KeyVaultError, Unavailable
from keyvault.fastpath.reading import Permitted, Read, commit_and_open, permitted
from keyvault.fastpath.together import Failed
from keyvault.middleware import origin_of
from keyvault.secrets.api.answers import REASON, value_answer, value_headers

_PATH = re.compile(r"/api/v1/projects/([-a-zA-Z0-9_]+)/environments/([-a-zA-Z0-9_]+)/values/(.+)")


class FastPath:
    """Stands behind what every answer needs (origin, CORS, transport); what it does not answer goes on as ever."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = _find(request)
        if found is None:
            return self._get_response(request)
        try:
            throttles.count_address(found.actor.origin)
            throttles.count_token(found.row["id"])
            return _answer(request, commit_and_open(found))
        except KeyVaultError as refused:
            return problem(refused, request)
        except Failed:
            return problem(Unavailable("The event could not be written, so nothing was read."), request)


def _find(request: HttpRequest) -> Permitted | None:
    """None as well where the database does not answer: the ordinary road tries anew and says so."""
    path = _PATH.fullmatch(request.path_info) if request.method == "GET" else None
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if path is None or scheme.lower() != "bearer" or request.META.get("QUERY_STRING") or REASON in request.headers:
        return None
    project, environment, name = path.groups()
    try:
        return permitted(token.strip(), origin=origin_of(request), project=project, environment=environment, name=name)
    except (Failed, KeyVaultError):
        return None


def _answer(request: HttpRequest, read: Read) -> HttpResponse:
    etag = etag_of(read.actor, str(read.row["version_id"]))
    headers = value_headers(receipt=read.event.receipt, etag=etag)
    if is_known(request, etag):
        return HttpResponse(status=304, headers=headers)
    body = value_answer(
        name=read.row["secret_name"],
        value=read.value,
        version=read.row["version"],
        project=read.row["project_slug"],
        environment=read.row["environment_slug"],
    )
    content = orjson.dumps(body)
    headers["Content-Length"] = str(len(content))
    return HttpResponse(content, content_type="application/json", headers=headers)
