"""What the clock ends: offers, expired tokens, invitations; and what it says of tokens that soon will."""

import datetime as dt
from functools import partial

from keyvault.actor import Actor
from keyvault.flows.sweeps.noting import say_once, unsaid
from keyvault.flows.sweeps.steps import EachRow, Sweep
from orgs.models import Invitation
from orgs.services.invitations import end_expired_invitation, long_expired_invitations
from tokens.models import AccessToken
from tokens.querysets import TokenQuerySet
from tokens.services.ending import (
    EXPIRY_DAYS,
    EXPIRY_DUE,
    end_expired_token,
    end_offer,
    expiring_tokens,
    long_expired_tokens,
    remind_of_expiry,
    unopened_offers,
)
from tokens.services.standing import SHOWN


def _end_offer(actor: Actor, token: AccessToken) -> bool:
    return end_offer(actor=actor, token=token)


def _end_token(actor: Actor, token: AccessToken) -> bool:
    return end_expired_token(actor=actor, token=token)


def _end_invitation(actor: Actor, invitation: Invitation) -> bool:
    return end_expired_invitation(actor=actor, invitation=invitation)


def _kind(days: int) -> str:
    return f"{EXPIRY_DUE}-{days}"


def _expiring(days: int) -> TokenQuerySet:
    """Of two reminders that are due at once the later one is enough."""
    said = [_kind(each) for each in EXPIRY_DAYS if each <= days]
    return unsaid(expiring_tokens(days).select_related(*SHOWN), *said)


def _remind(days: int, actor: Actor, token: AccessToken) -> bool:
    say = partial(remind_of_expiry, actor=actor, token=token, days=days)
    return say_once(token.org_id, _kind(days), token.pk, "", say)


EXPIRED = Sweep(
    "expired",
    "Ends offers that nobody opened for 14 days; closes tokens and invitations that expired 30 days ago",
    dt.timedelta(hours=6),
    (
        EachRow("offers", unopened_offers, _end_offer),
        EachRow("tokens", long_expired_tokens, _end_token),
        EachRow("invitations", long_expired_invitations, _end_invitation),
    ),
)

EXPIRING = Sweep(
    "expiring-tokens",
    "Says of tokens that they end in 30, 14, 7 days and 1 day",
    dt.timedelta(hours=6),
    tuple(EachRow(f"in_{days}_days", partial(_expiring, days), partial(_remind, days)) for days in sorted(EXPIRY_DAYS)),
)
