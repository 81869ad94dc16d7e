"""An account whose address nobody has ever proven, now that the owner of the domain says whose the address is."""

from allauth.account.models import EmailAddress
from django_otp.models import Device
from django_otp_webauthn.models import WebAuthnCredential

from accounts.models import RecoveryCodes, TotpDevice, User
from accounts.services.sessions import end_sessions
from keyvault.actor import Actor
from orgs.models import Membership
from tokens.services import revoke_tokens_of_member

CAUSE = "the address was proven by somebody else"


def take_back(*, actor: Actor, user: User, address: str) -> None:
    """Whoever made the account may have been anybody: password, factors, sessions and tokens of theirs end.

    Joins the caller's transaction, which holds the organization.
    """
    user.set_unusable_password()
    user.save(update_fields=["password"])
    _remove_factors(user)
    end_sessions(actor=actor, user=user, cause="address-proven-by-sso")
    for membership in Membership.objects.active().filter(user=user).select_related("org", "user"):
        revoke_tokens_of_member(actor=actor, membership=membership, cause=CAUSE)
    EmailAddress.objects.filter(user=user).exclude(email__iexact=address).delete()
    EmailAddress.objects.update_or_create(
        user=user, email__iexact=address, defaults={"email": address, "verified": True, "primary": True}
    )


def _remove_factors(user: User) -> None:
    kinds: tuple[type[Device], ...] = (TotpDevice, WebAuthnCredential, RecoveryCodes)
    for kind in kinds:
        kind.objects.filter(user=user).delete()
