"""Revoking tokens of any organization, one or many, with the cause."""

from collections.abc import Collection
from itertools import groupby
from uuid import UUID

from django.db import transaction

from accounts.access import require_operator
from accounts.platform import PlatformAct
from accounts.services.platform_roles import hold_operator
from keyvault.actor import Actor
from orgs.access import hold_organization
from tokens.models import AccessToken
from tokens.services.revoking import clean_cause, revoke_held, with_descendants
from tokens.services.standing import read_tokens

MOST_AT_ONCE = 500


def revoke_tokens(*, actor: Actor, tokens: Collection[AccessToken], cause: str) -> list[AccessToken]:
    """Those that were not revoked yet, with what they issued: an event each, in the log of their organization.

    All of one organization at once; of several in turn, so that what is done stays done. Raises NotAllowed, and
    Invalid without a cause.
    """
    cause = clean_cause(cause)
    shown = read_tokens(AccessToken.objects.filter(pk__in=[token.pk for token in tokens]))
    require_operator(actor, PlatformAct.REVOKE_TOKENS, *(token.target for token in shown))
    revoked: list[AccessToken] = []
    ordered = sorted(shown, key=_organization)
    for _, of_one in groupby(ordered, key=_organization):
        revoked += _revoke_in_one_organization(actor, list(of_one), cause)
    return revoked


def _revoke_in_one_organization(actor: Actor, tokens: list[AccessToken], cause: str) -> list[AccessToken]:
    with transaction.atomic(durable=True):
        held_actor = hold_operator(actor, PlatformAct.REVOKE_TOKENS)
        hold_organization(tokens[0].org.target)
        ids = [token.pk for token in tokens]
        held = with_descendants(read_tokens(AccessToken.objects.unrevoked().filter(pk__in=ids)))
        revoke_held(held_actor, held, cause)
    return held


def _organization(token: AccessToken) -> UUID:
    return token.org_id
