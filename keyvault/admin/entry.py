"""Who gets into the admin: an operator of now, from a network that is let in, by a second factor of the last hour."""

import time
from enum import Enum

from django.http import HttpRequest

from accounts.access import operator
from accounts.models import User
from keyvault.actor import Actor, anonymous
from keyvault.address import admin_network_allows
from keyvault.flows.step_up import STEPPED_UP_AT, is_verified
from keyvault.middleware import origin_of

HOUR = 3600  # seconds


class Entry(Enum):
    OPEN = "open"
    ANONYMOUS = "anonymous"
    NO_OPERATOR = "no-platform-role"
    WRONG_NETWORK = "network"
    NEEDS_FACTOR = "needs-second-factor"


def entry(request: HttpRequest) -> Entry:
    if not isinstance(request.user, User):
        return Entry.ANONYMOUS
    if not operator_of(request).platform_roles:
        return Entry.NO_OPERATOR
    if not admin_network_allows(origin_of(request).address):
        return Entry.WRONG_NETWORK
    return Entry.OPEN if _is_fresh(request) else Entry.NEEDS_FACTOR


def operator_of(request: HttpRequest) -> Actor:
    """The person of the session as an operator. Read once a request: each part of a page asks."""
    found: Actor | None = getattr(request, "operator", None)
    if found is None:
        user, origin = request.user, origin_of(request)
        found = operator(user, origin=origin) if isinstance(user, User) else anonymous(origin)
        request.operator = found  # type: ignore[attr-defined] # Django's class declares no such thing
    return found


def _is_fresh(request: HttpRequest) -> bool:
    moment = request.session.get(STEPPED_UP_AT)
    return is_verified(request) and isinstance(moment, int) and 0 <= time.time() - moment <= HOUR
