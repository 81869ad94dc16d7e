"""The end of a sign-in: it is remembered for the person, and a device that was never used before is told by mail."""

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from accounts.services.sign_ins import has_signed_in_before, remember_sign_in
from keyvault.flows.factors.mails import tell_of_new_device
from keyvault.flows.sign_in.devices import is_known, make_known
from keyvault.middleware import origin_of


def arrive(request: HttpRequest, user: User, response: HttpResponse, *, signup: bool = False) -> None:
    """The very first sign-in tells nobody: every device is new then."""
    new, first = not is_known(request, user), not has_signed_in_before(user)
    method = method_of(request, user) or ("sign-up" if signup else "")
    remember_sign_in(user=user, origin=origin_of(request), method=method, new_device=new)
    make_known(request, response, user)
    if new and not first:
        tell_of_new_device(user, origin=origin_of(request))


def method_of(request: HttpRequest, user: User) -> str:
    """The steps of the sign-in in their order: ``password+app``, ``passkey``, ``socialaccount``."""
    steps = [str(record.get("method", "")) for record in get_authentication_records(request, user)]
    return "+".join(dict.fromkeys(filter(None, steps)))
