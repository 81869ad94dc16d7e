"""Proving in an open session that its owner is there."""

from allauth.account.adapter import get_adapter
from django.http import HttpRequest
from django_otp import login as verify_session
from django_otp.models import Device

from accounts.models import User
from keyvault.flows import person_events as events
from keyvault.flows.factors.codes import spend_code
from keyvault.flows.step_up import is_verified, mark_proved, mark_stepped_up
from keyvault.middleware import origin_of
from orgs.access import person_outside


def prove_by_code(request: HttpRequest, user: User, code: str) -> bool:
    """Raises TooManyRequests after five wrong ones."""
    device = spend_code(request, user, code)
    if device is not None:
        prove_by_device(request, user, device)
    return device is not None


def prove_by_device(request: HttpRequest, user: User, device: Device) -> None:
    """The device was just shown. A session that was not verified yet is from here on."""
    if not is_verified(request):
        verify_session(request, device)
    events.record_person(events.STEP_UP, actor=person_outside(user, origin=origin_of(request)), user=user)
    mark_stepped_up(request)


def prove_by_enrolment(request: HttpRequest, device: Device) -> None:
    """Whoever has just set a device up has shown it; that it was added is the event."""
    if not is_verified(request):
        verify_session(request, device)
    mark_stepped_up(request)


def prove_by_password(request: HttpRequest, user: User, password: str) -> bool:
    """For who has no second factor yet. Wrong ones count like those at sign-in. Raises TooManyRequests."""
    proved: bool = get_adapter().authenticate(request, email=user.email, password=password) == user
    if proved:
        mark_proved(request)
        request.session.cycle_key()
        events.record_person(events.STEP_UP, actor=person_outside(user, origin=origin_of(request)), user=user)
    return proved
