"""Who calls: a bearer token in the ``Authorization`` header (RFC 6750 §2.1), nothing else."""

from dataclasses import dataclass

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from audit.services import record_folded
from keyvault.actor import Actor, Origin, TokenScope
from keyvault.api import throttles
from keyvault.api.problems import TOKEN_MISSING
from keyvault.errors import NotAllowed, Unauthorized
from keyvault.middleware import origin_of
from tokens.services import authenticate
from tokens.services.authenticating import AUTHENTICATE


@dataclass(frozen=True, slots=True)
class Principal:
    """``request.user`` of the API."""

    actor: Actor
    is_authenticated: bool = True


class BearerToken(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Principal, TokenScope | None]:
        """Raises Unauthorized for no or no valid token, NotAllowed for one used outside of its networks, and
        TooManyRequests where an address block presents too many of those.
        """
        origin = origin_of(request)
        try:
            actor = authenticate(_presented(request, origin), origin=origin)
        except (Unauthorized, NotAllowed):
            throttles.count_refusal(origin)
            raise
        return Principal(actor), actor.token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="keyvault"'


def _presented(request: Request, origin: Origin) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        record_folded(AUTHENTICATE, origin=origin, reason=TOKEN_MISSING)
        raise Unauthorized(
            "The request has no token.",
            rule=TOKEN_MISSING,
            remedy="Send it as Authorization: Bearer kv….",
        )
    return token.strip()
