"""Somebody has lost their device and their recovery codes: an owner of their organization takes the factors away.

Whoever may do that stands between an attacker who knows a password and the account. So it is an owner's act alone, with
a factor of their own shown just now; never on an account that opens other organizations too, nor on an operator's; and
the person hears of it. What is then asked of them at the next sign-in is the password, and a new factor if the
organization requires one.
"""

from django_otp_webauthn.models import WebAuthnCredential

from accounts.models import RecoveryCodes, TotpDevice, User
from accounts.services.factors import factors_of
from accounts.services.sessions import FACTORS_RESET, end_sessions
from audit.services import record
from keyvault.actor import Actor
from keyvault.errors import Conflict, NotAllowed
from keyvault.flows.factors.mails import tell_of_reset
from orgs.access import changing_rights
from orgs.models import Membership
from orgs.permissions import Action


def reset_factors(*, actor: Actor, membership: Membership) -> int:
    """How many there were. Raises NotAllowed, NotFound, and Conflict where there is nothing to take away."""
    user, target = membership.user, membership.target
    with changing_rights(actor, Action.RESET_FACTORS, target):
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        _require_theirs_alone(actor, membership)
        count = len(factors_of(user))
        if not count:
            raise Conflict(f"{user.email} has no second factor.", rule="no-second-factor")
        take_away(user)
        record(Action.RESET_FACTORS, actor=actor, on=target, details={"factors": count})
        end_sessions(actor=actor, user=user, cause=FACTORS_RESET)
    tell_of_reset(user)
    return count


def take_away(user: User) -> None:
    """All factors and their spare codes; for an act that was allowed, in its transaction."""
    for devices in (TotpDevice, WebAuthnCredential, RecoveryCodes):
        devices.objects.filter(user=user).delete()


def _require_theirs_alone(actor: Actor, membership: Membership) -> None:
    if membership.user_id == actor.id:
        raise NotAllowed("Your own factors you change yourself.", rule="own-factors", remedy="See your account.")
    elsewhere = Membership.objects.active().filter(user=membership.user).exclude(org_id=membership.org_id)
    if elsewhere.exists() or membership.user.is_staff:
        raise NotAllowed(
            "This account opens more than your organization.",
            rule="account-of-several",
            remedy="The person can use a recovery code; without one they need another account.",
        )
