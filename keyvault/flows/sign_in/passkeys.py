"""A passkey that is shown: at first instead of a password, as a second step, or again in an open session."""

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.account.stages import LoginStageController
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django_otp_webauthn.models import WebAuthnCredential

from accounts.models import User
from audit.services import Outcome, record_folded
from keyvault.errors import Invalid
from keyvault.flows import person_events as events
from keyvault.flows.factors.ceremonies import begin_proof, complete_proof
from keyvault.flows.factors.proofs import prove_by_device
from keyvault.flows.sign_in.second_step import KEY, PROVEN, SecondStep, finish, give_up, stepped_up_by_sign_in
from keyvault.flows.sso.enforcement import must_come_by_sso
from keyvault.middleware import origin_of
from orgs.access import person_outside


def challenge(request: HttpRequest) -> dict[str, object]:
    return begin_proof(request, _expected(request))


def answer_passkey(request: HttpRequest, answer: str, following: str) -> HttpResponse:
    """Where the person goes on. Raises Invalid where the passkey is not accepted."""
    expected, stage = _expected(request), _pending(request)
    try:
        device = complete_proof(request, expected, answer)
        if expected is None:
            return _sign_in(request, device, following)
    except Invalid as refused:
        _record_refusal(request, refused.rule)
        raise
    if stage is None:
        prove_by_device(request, expected, device)
        return HttpResponseRedirect(following)
    return finish(request, stage, device) if stage.still_valid() else give_up(stage)


def _sign_in(request: HttpRequest, device: WebAuthnCredential, following: str) -> HttpResponse:
    """Through every stage like any other sign-in, the last of which knows that the factor was shown."""
    user = device.user
    if must_come_by_sso(user):
        raise Invalid("Your organization asks you to sign in by its single sign-on.", rule="single-sign-on-required")
    record_authentication(request, user, method="passkey")
    login = Login(user=user, email=user.email, redirect_url=following, state={PROVEN: device.persistent_id})
    response: HttpResponse = perform_login(request, login)
    return stepped_up_by_sign_in(request, response)


def _expected(request: HttpRequest) -> User | None:
    """Whose passkey it must be: that of the open session, or of the sign-in that waits for its second step."""
    if isinstance(request.user, User):
        return request.user
    stage = _pending(request)
    return stage.login.user if stage else None


def _pending(request: HttpRequest) -> SecondStep | None:
    if request.user.is_authenticated:
        return None
    stage: SecondStep | None = LoginStageController.enter(request, KEY)
    return stage


def _record_refusal(request: HttpRequest, reason: str) -> None:
    if isinstance(request.user, User):
        actor = person_outside(request.user, origin=origin_of(request))
        events.record_person(events.STEP_UP, actor=actor, user=request.user, outcome=Outcome.DENIED, reason=reason)
    else:
        record_folded(events.SIGN_IN, origin=origin_of(request), reason=reason)
