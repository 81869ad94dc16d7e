"""Entity tags that tell a holder whether a value changed, and nobody else anything."""

import base64
import hmac
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import parse_etags
from rest_framework.request import Request

from keyvault.actor import Actor

_CONTEXT = b"keyvault.api.etags"


def etag_of(actor: Actor, *parts: UUID | int | str) -> str:
    """A strong tag: HMAC-SHA256 of the actor, its token and the identifiers of what is shown, cut to 128 bits.

    Keyed and bound to the scope, so that two holders cannot find out by comparing tags that they read the same key.
    """
    token = actor.token.token_id if actor.token else ""
    message = "\0".join(map(str, (actor.org_id, actor.id, token, *parts)))
    digest = hmac.digest(_key(settings.SECRET_KEY), message.encode(), "sha256")[:16]
    return f'"{base64.urlsafe_b64encode(digest).rstrip(b"=").decode()}"'


def is_known(request: HttpRequest | Request, etag: str) -> bool:
    """Whether ``If-None-Match`` holds the tag (RFC 9110 §13.1.2, weak comparison).

    Asked after the act was allowed and recorded: a 304 is an answer about a value like any other.
    """
    tags = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in tags or etag in {tag.removeprefix("W/") for tag in tags}


@lru_cache(maxsize=2)
def _key(secret_key: str) -> bytes:
    return hmac.digest(secret_key.encode(), _CONTEXT, "sha256")
