"""What people say to an alert: seen, settled, or, as the token's owner, "that was me" and "that was not me"."""

from django.db import transaction
from django.utils import timezone

from alerts.models import Alert, AlertState, Delivery
from audit.services import Outcome, record
from keyvault.actor import Actor
from keyvault.errors import Conflict, NotAllowed, NotFound
from orgs.access import changing_rights
from orgs.names import clean_note
from orgs.permissions import Action
from tokens.models import AccessToken
from tokens.services import revoke_token

NOTE_LIMIT = 500
NOT_ME = "its owner did not know a use of it"

_NOT_YOURS = "token-not-yours"


def acknowledge_alert(*, actor: Actor, alert: Alert, note: str = "") -> Alert:
    """Somebody has it: no more of it is told until it is new. Done twice, the first stands."""
    note = clean_note(note, field="note", limit=NOTE_LIMIT)
    with changing_rights(actor, Action.ACKNOWLEDGE_ALERT, alert.target) as held:
        row = _held(alert)
        if row.state == AlertState.RESOLVED:
            raise Conflict("The alert is resolved.", rule="alert-resolved")
        if row.state == AlertState.OPEN:
            _acknowledge(held, row, note)
            record(Action.ACKNOWLEDGE_ALERT, actor=held, on=row.target, reason=note)
    return row


def resolve_alert(*, actor: Actor, alert: Alert, note: str = "") -> Alert:
    """Settled: what is found from here on is a new alert. Done twice, the first stands."""
    note = clean_note(note, field="note", limit=NOTE_LIMIT)
    with changing_rights(actor, Action.RESOLVE_ALERT, alert.target) as held:
        row = _held(alert)
        if row.state != AlertState.RESOLVED:
            row.state, row.resolved_at, row.resolved_by = AlertState.RESOLVED, timezone.now(), held.name[:254]
            row.note = note or row.note
            row.save(update_fields=["state", "resolved_at", "resolved_by", "note"])
            record(Action.RESOLVE_ALERT, actor=held, on=row.target, reason=note)
    return row


def own_alert(actor: Actor, alert: Alert) -> Alert:
    """The alert, for the member who was asked about it. Raises NotFound for anybody else."""
    asked = Delivery.objects.filter(membership=actor.membership_id, items__alert=alert)
    if actor.membership_id is None or actor.org_id != alert.org_id or not asked.exists():
        raise NotFound
    return alert


def keep_token(*, actor: Actor, alert: Alert) -> Alert:
    """The token's owner says: that was me."""
    own_alert(actor, alert)
    with transaction.atomic(durable=True):
        row = _held(alert)
        if row.state == AlertState.OPEN:
            _acknowledge(actor, row, "Its owner knows this use.")
            record(Action.ACKNOWLEDGE_ALERT, actor=actor, on=row.target, details={"answer": "mine"})
    return row


def disown_use(*, actor: Actor, alert: Alert) -> AccessToken:
    """The token's owner says: that was not me. The token is revoked at once, and the alert stays open for others."""
    own_alert(actor, alert)
    token = own_token(actor, alert)
    if token is None:
        record(Action.REVOKE_ANY_TOKEN, actor=actor, on=alert.target, outcome=Outcome.DENIED, reason=_NOT_YOURS)
        raise NotAllowed("The token is not yours any more.", rule=_NOT_YOURS, remedy="An admin can revoke it.")
    return revoke_token(actor=actor, token=token, cause=NOT_ME)


def own_token(actor: Actor, alert: Alert) -> AccessToken | None:
    """The one that the alert is about, where the actor may still see it."""
    return AccessToken.objects.visible_to(actor).filter(pk=alert.token).first() if alert.token else None


def _acknowledge(actor: Actor, row: Alert, note: str) -> None:
    row.state, row.acknowledged_at, row.acknowledged_by = AlertState.ACKNOWLEDGED, timezone.now(), actor.name[:254]
    row.note = note or row.note
    row.save(update_fields=["state", "acknowledged_at", "acknowledged_by", "note"])


def _held(alert: Alert) -> Alert:
    rows = Alert.objects.select_for_update(of=("self",)).select_related("org")
    row = rows.filter(pk=alert.pk, org_id=alert.org_id).first()
    if row is None:
        raise NotFound
    return row
