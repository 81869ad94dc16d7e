"""Which browsers a person has signed in from before: by a signed cookie that outlives sessions.

Neither address nor agent would do: both change by themselves, and both are easily copied. The cookie lists whom the
browser has seen, each by a keyed digest, so that it names nobody; it opens nothing.
"""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from audit.services import digest_of

_SALT = "keyvault.known-device"
_SECONDS = 400 * 24 * 3600  # what browsers keep at most
_MOST_PEOPLE = 20


def is_known(request: HttpRequest, user: User) -> bool:
    return _name_of(user) in _people(request)


def make_known(request: HttpRequest, response: HttpResponse, user: User) -> None:
    name = _name_of(user)
    people = [name, *(other for other in _people(request) if other != name)][:_MOST_PEOPLE]
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps(people, salt=_SALT),
        max_age=_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _people(request: HttpRequest) -> list[str]:
    try:
        people = signing.loads(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=_SALT, max_age=_SECONDS)
    except signing.BadSignature:
        return []
    return [str(name) for name in people]


def _name_of(user: User) -> str:
    return digest_of(f"device {user.pk}")
