"""Who calls: a bearer token in the ``Authorization`` header (RFC 6750 §2.1), nothing else."""

from dataclasses import dataclass

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from keyvault.actor import Actor, TokenScope
from keyvault.api import throttles
from keyvault.api.problems import TOKEN_MISSING
from keyvault.errors import Unauthorized
from keyvault.middleware import origin_of
from tokens.services import authenticate


@dataclass(frozen=True, slots=True)
class Principal:
    """``request.user`` of the API."""

    actor: Actor
    is_authenticated: bool = True


class BearerToken(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Principal, TokenScope | None]:
        """Raises Unauthorized for no or no valid token, TooManyRequests where a block presents too many of those."""
        try:
            actor = authenticate(presented(request), origin=origin_of(request))
        except Unauthorized:
            throttles.count_refusal(origin_of(request))
            raise
        return Principal(actor), actor.token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="keyvault"'


def presented(request: Request) -> str:
    """The token of the header. Raises Unauthorized."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized(
            "The request has no token.",
            rule=TOKEN_MISSING,
            remedy="Send it as Authorization: Bearer kv….",
        )
    return token.strip()
