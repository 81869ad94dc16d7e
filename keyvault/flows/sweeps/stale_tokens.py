"""Tokens that nobody uses: their owner is told, then they are paused, then revoked."""

import datetime as dt

from django.db import transaction

from keyvault.actor import Actor
from keyvault.flows.sweeps.mails import tell_of_token
from keyvault.flows.sweeps.steps import EachRow, Sweep
from tokens.models import AccessToken
from tokens.services.reviewing import notice_stale_token, pause_stale_token, revoke_stale_token
from tokens.staleness import tokens_to_notice, tokens_to_pause, tokens_to_revoke


def _notice(actor: Actor, token: AccessToken) -> bool:
    with transaction.atomic():
        noticed = notice_stale_token(actor=actor, token=token)
        if noticed:
            tell_of_token("stale_token", token)
    return noticed


def _pause(actor: Actor, token: AccessToken) -> bool:
    with transaction.atomic():
        paused = pause_stale_token(actor=actor, token=token)
        if paused:
            tell_of_token("stale_token_paused", token)
    return paused


def _revoke(actor: Actor, token: AccessToken) -> bool:
    return revoke_stale_token(actor=actor, token=token)


STALE_TOKENS = Sweep(
    "stale-tokens",
    "Tells owners of unused tokens, pauses them after 14 days, revokes them after 30 more",
    dt.timedelta(hours=6),
    (
        EachRow("revoked", tokens_to_revoke, _revoke),
        EachRow("paused", tokens_to_pause, _pause),
        EachRow("noticed", tokens_to_notice, _notice),
    ),
)
