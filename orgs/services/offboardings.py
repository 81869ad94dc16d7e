"""The end of a membership on paper: planned for a day, called off, and reported when it is done."""

import datetime as dt
import hmac

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.entry import canonical
from audit.services import JSON, record
from keyvault.actor import Actor, Role
from keyvault.errors import CannotOpen, Conflict
from keyvault.jobs.services import enqueue
from keyvault.keyring import ring
from keyvault.keyring.purposes import Purpose
from orgs.access import changing_rights
from orgs.models import Membership, Offboarding, OffboardingState
from orgs.names import clean_note, invalid
from orgs.permissions import Action
from orgs.ranks import require_rank
from orgs.reports import report_mac
from orgs.services.standing import hold_membership, require_another_owner
from orgs.services.successors import successor_for

END = "orgs.end_membership"
REASON_LIMIT = 200  # characters
LATEST = dt.timedelta(days=366)


def schedule_offboarding(
    *,
    actor: Actor,
    membership: Membership,
    due_at: dt.datetime,
    successor: Membership | None = None,
    reason: str = "",
) -> Offboarding:
    """The same as now, at a moment within a year, by the right that ``actor`` has then.

    Raises Invalid, NotAllowed, NotFound, and Conflict for the last owner or where an end is planned already.
    """
    reason = clean_note(reason, field="reason", limit=REASON_LIMIT)
    if not timezone.now() < due_at <= timezone.now() + LATEST:
        raise invalid("due_at", "A moment from now on, within a year.")
    with changing_rights(actor, Action.SCHEDULE_OFFBOARDING, membership.target) as held:
        member = hold_membership(membership)
        require_rank(held, held=Role(member.role))
        require_another_owner(member)
        heir = successor_for(member, successor) if successor else None
        planned = _plan(held, member, due_at, heir, reason)
        enqueue(END, arguments={"offboarding": str(planned.pk)}, author=held, run_after=due_at)
        details: dict[str, JSON] = {"due_at": due_at.isoformat(), "successor": heir.user.email if heir else None}
        record(Action.SCHEDULE_OFFBOARDING, actor=held, on=member.target, reason=reason, details=details)
    return planned


def withdraw_offboarding(*, actor: Actor, offboarding: Offboarding) -> Offboarding:
    """Called off; its job finds nothing to do. Raises Conflict for one that is done or withdrawn."""
    with changing_rights(actor, Action.WITHDRAW_OFFBOARDING, offboarding.target) as held:
        planned = Offboarding.objects.select_for_update(of=("self",)).get(pk=offboarding.pk, org_id=offboarding.org_id)
        require_rank(held, held=Role(offboarding.membership.role))
        if planned.state != OffboardingState.SCHEDULED:
            raise Conflict("This end is not planned any more.", rule="not-scheduled")
        planned.state = OffboardingState.WITHDRAWN
        planned.save(update_fields=["state"])
        record(Action.WITHDRAW_OFFBOARDING, actor=held, on=offboarding.target)
    return planned


def keep_report(
    *, actor: Actor, membership: Membership, successor: Membership | None, reason: str, report: bytes
) -> Offboarding:
    """Signed and kept, with the plan where there was one. For the end itself: in its transaction."""
    key = ring.instance_key(Purpose.AUDIT_MAC)
    now = timezone.now()
    planned = Offboarding.objects.filter(membership=membership, state=OffboardingState.SCHEDULED).first()
    done = planned or Offboarding(
        org=membership.org, membership=membership, asked_by=actor.name[:254], due_at=now, reason=reason
    )
    done.successor, done.state, done.done_at, done.report = successor, OffboardingState.DONE, now, report
    done.mac_key_id, done.mac = key.id, report_mac(key.secret, membership.org_id, report)
    done.save()
    return done


def is_signed(offboarding: Offboarding) -> bool:
    """Whether the report is as it was kept."""
    if offboarding.mac_key_id is None:
        return False
    try:
        key = ring.instance_key_by_id(offboarding.mac_key_id).secret
    except CannotOpen:
        return False
    expected = report_mac(key, offboarding.org_id, bytes(offboarding.report or b""))
    return hmac.compare_digest(expected, bytes(offboarding.mac or b""))


def signed_document(offboarding: Offboarding) -> bytes:
    """The report with its MAC, for keeping elsewhere: ``report`` byte for byte as it is signed."""
    mac = {"algorithm": "HMAC-SHA256", "key": str(offboarding.mac_key_id), "mac": bytes(offboarding.mac or b"").hex()}
    return b'{"report":%b,"signature":%b}' % (bytes(offboarding.report or b"null"), canonical(mac))


def _plan(actor: Actor, member: Membership, due_at: dt.datetime, heir: Membership | None, reason: str) -> Offboarding:
    try:
        with transaction.atomic():
            return Offboarding.objects.create(
                org=member.org,
                membership=member,
                successor=heir,
                reason=reason,
                asked_by=actor.name[:254],
                due_at=due_at,
                state=OffboardingState.SCHEDULED,
            )
    except IntegrityError:
        raise Conflict(
            "The end of this membership is planned already.",
            rule="already-scheduled",
            remedy="Call that off first.",
        ) from None
