"""One act, one transaction: only while its actor still stands, and with an event of the refusal when it fails."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import IntegrityError, connection, transaction

from audit.services import Outcome, record
from keyvault.actor import Actor, ActorType
from keyvault.errors import (
    CannotOpen,
    Conflict,
    KeyVaultError,
    NotAllowed,
    NotFound,
    PreconditionFailed,
    Unauthorized,
)
from keyvault.target import Target
from orgs.decide import Rule

ONE_PER_PROVIDER = "one_bound_secret_per_provider_and_environment"
SHARED_VALUE = "shared-value"  # the rule of the policy: no value in two environments

# The rows themselves are asked, by table: the room of tokens is above this one, and its truth is in the database.
_STANDING = """
SELECT
    (SELECT CASE WHEN state = 'active' AND expires_at <= clock_timestamp() THEN 'expired' ELSE state END
     FROM tokens_accesstoken WHERE id = %(token)s AND org_id = %(org)s) AS token,
    %(membership)s::uuid IS NULL OR EXISTS (
        SELECT FROM orgs_membership m JOIN accounts_user u ON u.id = m.user_id
        WHERE m.id = %(membership)s AND m.org_id = %(org)s AND m.ended_at IS NULL AND m.role = %(role)s
          AND (m.ends_on IS NULL OR m.ends_on >= (clock_timestamp() AT TIME ZONE 'UTC')::date) AND u.is_active),
    %(service)s::uuid IS NULL OR EXISTS (
        SELECT FROM tokens_serviceidentity
        WHERE id = %(service)s AND org_id = %(org)s AND disabled_at IS NULL)
"""
_TOKEN_SAYS = {"paused": "The token is paused.", "expired": "The token has expired."}


@contextmanager
def one_act(action: str, *, actor: Actor, on: Target, taken: str = "") -> Iterator[None]:
    """The transaction of an act that was permitted. What the body raises becomes an event after the rollback.

    A revocation that committed before it begins wins. Where a name is not free any more: Conflict with the sentence
    ``taken``; where the place is gone: NotFound.
    """
    try:
        with transaction.atomic(durable=True):
            _require_standing(actor)
            yield
    except IntegrityError as error:
        refused = _refusal_of(error, taken)
        if refused is None:
            raise
        _record_refusal(action, actor, on, refused)
        raise refused from None
    except (CannotOpen, Conflict, NotAllowed, PreconditionFailed, Unauthorized) as refused:
        _record_refusal(action, actor, on, refused)
        raise


def _require_standing(actor: Actor) -> None:
    facts = {
        "token": actor.token.token_id if actor.token else None,
        "membership": actor.membership_id,
        "service": actor.id if actor.type is ActorType.SERVICE else None,
        "org": actor.org_id,
        "role": actor.role,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, facts)
        found, membership_holds, service_holds = cursor.fetchone() or (None, False, False)
    if actor.token and found != "active":
        state = found or "revoked"
        raise Unauthorized(_TOKEN_SAYS.get(state, "The token has been revoked."), rule=f"token-{state}")
    if not membership_holds or not service_holds:
        raise NotAllowed("The membership has changed meanwhile.", rule=Rule.NO_ROLE, remedy="Try again.")


def _refusal_of(error: IntegrityError, taken: str) -> KeyVaultError | None:
    if isinstance(error.__cause__, psycopg.errors.UniqueViolation):
        if ONE_PER_PROVIDER in str(error):
            return _provider_bound()
        return Conflict(taken or "The name was given meanwhile.", rule="name-taken")
    if isinstance(error.__cause__, psycopg.errors.ForeignKeyViolation):
        return NotFound()
    return None


def _provider_bound() -> Conflict:
    return Conflict(
        "Another secret of this environment is bound to the provider.",
        rule="provider-bound",
        remedy="Rotate that one, or delete it before.",
        extra={"field": "provider"},
    )


def _record_refusal(action: str, actor: Actor, on: Target, refused: KeyVaultError) -> None:
    denied = isinstance(refused, NotAllowed | Unauthorized) or refused.rule == SHARED_VALUE
    record(action, actor=actor, on=on, outcome=Outcome.DENIED if denied else Outcome.ERROR, reason=refused.rule)
