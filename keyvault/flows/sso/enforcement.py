"""Whom an organization makes come by its single sign-on: no password, reset or passkey opens anything to them."""

from accounts.models import User
from accounts.services.factors import has_factor
from keyvault.actor import Role
from orgs.models import Membership


def must_come_by_sso(user: User) -> bool:
    """All organizations of the person insist on it; an owner with a second factor breaks the glass.

    Whoever is also in one that does not insist signs in as ever, and reaches that one only
    (:mod:`keyvault.flows.session_reach`).
    """
    mine = list(Membership.objects.acting().filter(user=user).values_list("org__sso_enforced", "role"))
    if not mine or not all(enforced for enforced, _ in mine):
        return False
    return not (any(role == Role.OWNER for _, role in mine) and has_factor(user))
