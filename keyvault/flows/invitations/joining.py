"""Accepting and declining: as somebody with an account, or as somebody who makes one with the invited address."""

from dataclasses import replace
from functools import partial

from allauth.account.models import EmailAddress
from django.http import HttpRequest

from accounts.models import User
from audit.services import record
from keyvault.actor import Actor, anonymous
from keyvault.errors import Conflict
from keyvault.flows.invitations.held import require_reach
from keyvault.flows.own_account import self_of
from keyvault.flows.sign_up import SIGN_UP, save_person
from keyvault.middleware import origin_of
from orgs.access import person_outside
from orgs.models import Invitation, Membership
from orgs.services.invitations import accept_invitation, decline_invitation, not_the_addressee


def accept(request: HttpRequest, invitation: Invitation) -> Membership:
    """As the person who is signed in. Raises NotAllowed for another address, Conflict, and what else
    :func:`orgs.services.invitations.accept_invitation` raises.
    """
    actor = self_of(request)
    require_reach(request, invitation)
    person = partial(User.objects.get, pk=request.user.pk)
    return accept_invitation(actor=actor, invitation=invitation, person=person)


def accept_with_new_account(request: HttpRequest, invitation: Invitation, *, name: str, password: str) -> User:
    """Account and membership, both or neither; whether sign-up is open to others does not matter.

    The address is the invitation's, whatever the form says, and counts as confirmed: the link came to it.
    """
    origin = origin_of(request)

    def person() -> User:
        user = save_person(lambda: User.objects.create_user(email=invitation.email, password=password, name=name))
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
        on = replace(invitation.org.target, about=user.ref)
        record(SIGN_UP, actor=person_outside(user, origin=origin), on=on)
        return user

    return accept_invitation(actor=anonymous(origin), invitation=invitation, person=person).user


def decline(request: HttpRequest, invitation: Invitation) -> Invitation:
    actor: Actor = self_of(request) if request.user.is_authenticated else anonymous(origin_of(request))
    return decline_invitation(actor=actor, invitation=invitation)


def require_addressee(request: HttpRequest, invitation: Invitation) -> None:
    """Raises NotAllowed for somebody else's session, before anything of the invitation is shown."""
    require_reach(request, invitation)
    if not isinstance(request.user, User) or request.user.email.lower() != invitation.email:
        raise not_the_addressee()


def has_account(invitation: Invitation) -> bool:
    return User.objects.filter(email__iexact=invitation.email).exists()


def require_no_account(invitation: Invitation) -> None:
    """Raises Conflict: whoever has an account signs in to it."""
    if has_account(invitation):
        raise Conflict("There is an account with this address.", rule="address-taken", remedy="Sign in to accept.")
