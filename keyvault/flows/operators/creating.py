"""Making an operator from the machine that KeyVault runs on: the first one has nobody else to ask."""

from collections.abc import Collection
from dataclasses import replace

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from accounts.access import INSTALLATION, platform_roles_of
from accounts.models import User
from accounts.services.platform_roles import hold_roles, write_platform_roles
from audit.services import record
from keyvault.actor import PlatformRole, system
from keyvault.errors import Conflict
from keyvault.flows.sign_up import save_person
from orgs.names import clean_note, invalid

CREATE = "operator:create"

_ACTOR = system("create_operator")


def create_operator(*, email: str, name: str, password: str, roles: Collection[PlatformRole]) -> User:
    """A new person, whose address counts as confirmed: whoever has this machine says so. In no organization.

    The admin asks for a second factor at the first sign-in. Raises Invalid, and Conflict for an address that is taken.
    """
    name = clean_note(name, field="name", limit=120)
    user = User(email=email.strip().lower(), name=name)
    _require_valid(user, password)
    user.set_password(password)
    with transaction.atomic(durable=True):
        hold_roles(_ACTOR)
        save_person(lambda: _saved(user))
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        record(CREATE, actor=_ACTOR, on=replace(INSTALLATION, about=user.ref))
        write_platform_roles(_ACTOR, user, frozenset(roles))
    return user


def add_operator(*, email: str, roles: Collection[PlatformRole]) -> User:
    """Further roles for somebody who has an account; how they sign in stays as it is.

    Raises Invalid where nobody has the address, Conflict where the account is closed.
    """
    with transaction.atomic(durable=True):
        hold_roles(_ACTOR)
        user = User.objects.select_for_update(no_key=True).filter(email__iexact=email.strip()).first()
        if user is None:
            raise invalid("email", "Nobody has an account with this address.")
        if not user.is_active:
            raise Conflict("The person's account is closed.", rule="account-closed")
        write_platform_roles(_ACTOR, user, platform_roles_of(user) | frozenset(roles))
    return user


def _require_valid(user: User, password: str) -> None:
    try:
        validate_email(user.email)
    except ValidationError:
        raise invalid("email", "This is not an email address.") from None
    try:
        validate_password(password, user)
    except ValidationError as problem:
        raise invalid("password", " ".join(problem.messages)) from None


def _saved(user: User) -> User:
    user.save()
    return user
