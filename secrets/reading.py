"""The commit of a read: its events are written only while the token and the membership are still active."""

from collections.abc import Sequence

from django.db import connection, transaction

from audit.services import Receipt, record_many
from keyvault.actor import Actor
from keyvault.errors import NotAllowed, Unauthorized
from keyvault.target import Target
from orgs.decide import Rule

# The rows themselves are asked, by table: the room of tokens is above this one, and its truth is in the database.
_STANDING = """
SELECT
    %(token)s::uuid IS NULL OR EXISTS (
        SELECT FROM tokens_accesstoken
        WHERE id = %(token)s AND org_id = %(org)s AND state = 'active' AND expires_at > clock_timestamp()),
    %(membership)s::uuid IS NULL OR EXISTS (
        SELECT FROM orgs_membership
        WHERE id = %(membership)s AND org_id = %(org)s AND ended_at IS NULL AND role = %(role)s)
"""


def commit_reads(action: str, *, actor: Actor, on: Sequence[Target], reason: str = "") -> list[Receipt]:
    """One committed event for each target. A revocation that committed before them wins: Unauthorized, no event."""
    with transaction.atomic(durable=True):
        _require_standing(actor)
        return record_many(action, actor=actor, on=on, reason=reason)


def _require_standing(actor: Actor) -> None:
    facts = {
        "token": actor.token.token_id if actor.token else None,
        "membership": actor.membership_id,
        "org": actor.org_id,
        "role": actor.role,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, facts)
        row = cursor.fetchone()
    token_holds, membership_holds = row or (False, False)
    if not token_holds:
        raise Unauthorized("The token has been revoked.", rule="token-revoked")
    if not membership_holds:
        raise NotAllowed("The membership has changed meanwhile.", rule=Rule.NO_ROLE, remedy="Try again.")
