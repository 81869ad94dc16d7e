"""What becomes of secrets when a member leaves: others own them, and what the leaver has read wants a new value.

For the end of a membership: in its transaction and by its permission, so that nothing is asked here.
"""

import datetime as dt
from collections.abc import Sequence

from django.utils import timezone

from audit.models import Event
from audit.services import JSON, Outcome, record_many
from keyvault.actor import Actor
from keyvault.secrets.models import Secret
from keyvault.secrets.querysets import SecretQuerySet
from orgs.models import Membership
from orgs.permissions import Action

REMEMBERED = dt.timedelta(days=90)
"""How long somebody who has read a value is taken to know it."""

READS = (Action.REVEAL_SECRET, Action.EXPORT_SECRETS)
"""The acts, and so the events, by which somebody gets to know a value."""


def secrets_owned_by(membership: Membership) -> SecretQuerySet:
    """Deleted ones too: they may come back."""
    return _secrets(membership).filter(owner=membership)


def secrets_known_to(membership: Membership) -> list[Secret]:
    """Live ones whose current version the person has read in this organization in the last 90 days, by the log."""
    since = timezone.now() - REMEMBERED
    reads = Event.objects.filter(org_id=membership.org_id, action__in=READS, outcome=Outcome.SUCCESS)
    mine = reads.between(since).by_actor(membership.user_id).exclude(secret_id=None)
    known = set(mine.values_list("secret_id", "version").distinct())
    rows = _secrets(membership).live().filter(pk__in={secret_id for secret_id, _ in known})
    return [row for row in rows if (row.pk, row.current) in known]


def hand_over_secrets(*, actor: Actor, membership: Membership, to: Membership, reason: str) -> list[Secret]:
    secrets = list(secrets_owned_by(membership).select_for_update(of=("self",)))
    Secret.objects.filter(pk__in=[secret.pk for secret in secrets]).update(owner=to, updated_at=timezone.now())
    owner: JSON = {"from": membership.user.email, "to": to.user.email}
    _record(actor, secrets, reason, {"changed": ["owner"], "owner": owner})
    return secrets


def want_rotation(*, actor: Actor, secrets: Sequence[Secret], reason: str) -> None:
    """Due today, where they are not due already: the list of what wants rotation is the list of what is due."""
    today = timezone.now().date()
    later = [secret for secret in secrets if secret.rotate_by is None or secret.rotate_by > today]
    Secret.objects.filter(pk__in=[secret.pk for secret in later]).update(rotate_by=today, updated_at=timezone.now())
    _record(actor, later, reason, {"changed": ["rotate_by"], "rotate_by": today.isoformat()})


def _record(actor: Actor, secrets: Sequence[Secret], reason: str, details: dict[str, JSON]) -> None:
    targets = [secret.target for secret in secrets]
    record_many(Action.CHANGE_SECRET, actor=actor, on=targets, reason=reason, details=details)


def _secrets(membership: Membership) -> SecretQuerySet:
    rows = Secret.objects.filter(org_id=membership.org_id).order_by("environment__project__slug", "name")
    return rows.placed()
