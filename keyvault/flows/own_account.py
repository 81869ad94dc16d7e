"""Who acts on their own account: the signed-in person, in whichever organizations they are, or in none."""

from dataclasses import replace

from django.http import HttpRequest

from accounts.models import User
from keyvault.actor import Actor
from keyvault.errors import NotAllowed
from keyvault.flows.session_actor import membership_of
from keyvault.flows.step_up import is_stepped_up
from keyvault.middleware import origin_of
from orgs.access import person_outside
from orgs.models import Membership


def self_of(request: HttpRequest) -> Actor:
    return replace(person_outside(user_of(request), origin=origin_of(request)), stepped_up=is_stepped_up(request))


def user_of(request: HttpRequest) -> User:
    """For views below ``login_required``."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


def membership_or_none(request: HttpRequest) -> Membership | None:
    """For pages that somebody in no organization sees too."""
    try:
        return membership_of(request)
    except NotAllowed:
        return None
