"""Signing in and out, passwords and addresses, as events in the log of every organization that the person is in.

Receivers of Django's and allauth's own signals, and :func:`record_person` for what has none.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from allauth.account.signals import email_confirmation_sent, email_confirmed
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from accounts.services.sign_ins import remember_failed_sign_in
from audit.services import JSON, Outcome, digest_of, record_folded, record_many
from keyvault.actor import Actor, Origin, anonymous
from keyvault.flows.session_reach import speaks_for_one_of_several
from keyvault.flows.step_up import mark_proved
from keyvault.target import Target
from orgs.access import person_outside
from orgs.models import Membership

SIGN_IN = "person:sign-in"
SIGN_OUT = "person:sign-out"
CHANGE_PASSWORD = "person:password-change"  # noqa: S105 - names of acts
RESET_PASSWORD = "person:password-reset"  # noqa: S105
ASK_FOR_RESET = "person:password-reset-request"
CONFIRM_ADDRESS = "person:address-confirm"
STEP_UP = "person:step-up"
ADD_FACTOR = "person:factor-add"
RENAME_FACTOR = "person:factor-rename"
REMOVE_FACTOR = "person:factor-remove"
MAKE_CODES = "person:recovery-codes"


@receiver(user_logged_in)
def signed_in(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    if not speaks_for_one_of_several(request, user):
        mark_proved(request)
    record_person(SIGN_IN, actor=person_outside(user, origin=_origin(request)), user=user)


@receiver(user_logged_out)
def signed_out(sender: Any, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        record_person(SIGN_OUT, actor=person_outside(user, origin=_origin(request)), user=user)


@receiver(user_login_failed)
def sign_in_failed(sender: Any, credentials: dict[str, Any], request: HttpRequest | None, **kwargs: Any) -> None:
    """The lockout bounds the events of an account that exists; those of the many that do not are folded."""
    typed = str(credentials.get("email", ""))
    user = User.objects.filter(email__iexact=typed).first()
    if user is None:
        record_unknown(SIGN_IN, typed=typed, origin=_origin(request), reason="unknown-account")
        return
    reason = "wrong-password" if user.is_active else "account-inactive"
    reason = "wrong-code" if "step" in credentials else str(credentials.get("reason") or reason)
    _record_failure(request, user, reason)


def _record_failure(request: HttpRequest | None, user: User, reason: str) -> None:
    """At sign-in nobody is signed in yet; else it is somebody's open session, whose owner is to prove to be there."""
    origin = _origin(request)
    if request is not None and getattr(request, "user", None) == user:
        actor = person_outside(user, origin=origin)
        record_person(STEP_UP, actor=actor, user=user, outcome=Outcome.DENIED, reason=reason)
        return
    record_person(SIGN_IN, actor=anonymous(origin), user=user, outcome=Outcome.DENIED, reason=reason)
    remember_failed_sign_in(user=user, origin=origin, reason=reason)


@receiver(email_confirmation_sent)
def sign_in_before_confirming(
    sender: Any, request: HttpRequest, confirmation: Any, signup: bool, **kwargs: Any
) -> None:
    """The password was right, the address is not known to be the person's: instead of a session there is a mail."""
    if not signup:
        user, actor = confirmation.email_address.user, anonymous(_origin(request))
        record_person(SIGN_IN, actor=actor, user=user, outcome=Outcome.DENIED, reason="address-not-confirmed")


@receiver(email_confirmed)
def address_confirmed(sender: Any, request: HttpRequest, email_address: Any, **kwargs: Any) -> None:
    user = email_address.user
    record_person(CONFIRM_ADDRESS, actor=person_outside(user, origin=_origin(request)), user=user)


def record_person(
    action: str,
    *,
    actor: Actor,
    user: User,
    outcome: Outcome = Outcome.SUCCESS,
    reason: str = "",
    details: Mapping[str, JSON] | None = None,
) -> None:
    """One event for each organization of the person, in one statement: each sees its people and none of the others.

    Of a person in none it is the installation's.
    """
    homes = Membership.objects.active().filter(user=user).select_related("org").order_by("joined_at")
    targets = [home.org.target for home in homes] or [Target(org=None)]
    on = [replace(target, about=user.ref) for target in targets]
    record_many(action, actor=actor, on=on, outcome=outcome, reason=reason, details=details)


def record_unknown(action: str, *, typed: str, origin: Origin, reason: str) -> None:
    """What was typed is kept as a keyed digest only: people type passwords where addresses belong."""
    record_folded(action, origin=origin, reason=reason, details={"identifier": digest_of(typed)})


def _origin(request: HttpRequest | None) -> Origin:
    """Whoever signs a person in without a request of ours (a command, a test) comes from nowhere."""
    origin: Origin = getattr(request, "origin", None) or Origin()
    return origin
