"""Sessions of people: how they begin, are seen, and end at once.

Who may end somebody else's is decided by the act that does so (offboarding, a change of factors); a person's own page
finds its sessions through :func:`sessions_of`.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.homes import homes_of
from accounts.models import BrowserSession, User
from accounts.session_store import digest_of_key
from audit.services import JSON, record
from keyvault.actor import Actor, Origin
from keyvault.target import Ref, Target

END = "session:end"

LONGEST = dt.timedelta(hours=12)
"""From sign-in to the end, whatever happens in between."""

LONGEST_IDLE = dt.timedelta(minutes=240)

SIGNED_OUT = "signed-out"
ENDED_BY_HAND = "ended-by-hand"
ENDED_BY_OTHERS = "ended-by-others"
OFFBOARDED = "offboarded"
FACTORS_RESET = "factors-reset"
PASSWORD_CHANGED = "password-changed"  # noqa: S105 - the name of a cause

_AGENT_LIMIT = 200  # characters
_KEPT = dt.timedelta(days=30)


class Organization(Protocol):
    """What is needed of one; the model is a room above."""

    @property
    def target(self) -> Target: ...


def sessions_of(user: User) -> QuerySet[BrowserSession]:
    """The person's that may still be used."""
    return live_sessions().filter(user=user)


def live_sessions() -> QuerySet[BrowserSession]:
    """Everybody's that may still be used, the last seen first."""
    now = timezone.now()
    live = BrowserSession.objects.filter(ended_at=None, began_at__gt=now - LONGEST, seen_at__gt=now - LONGEST_IDLE)
    return live.order_by("-seen_at", "-id")


def begin_session(
    *, session_key: str, user: User, origin: Origin, method: str = "", sso_org: UUID | None = None
) -> BrowserSession:
    """The row of a sign-in; a second sign-in in one session begins anew. The sign-in itself is the event."""
    now = timezone.now()
    row, _ = BrowserSession.objects.update_or_create(
        key=digest_of_key(session_key),
        defaults={
            "user": user,
            "method": method,
            "sso_org": sso_org,
            "address": origin.address,
            "agent": origin.agent.replace("\0", "")[:_AGENT_LIMIT],
            "began_at": now,
            "seen_at": now,
            "ended_at": None,
            "ended_because": "",
        },
    )
    return row


def see_session(session_key: str, *, origin: Origin, sso_org: UUID | None = None) -> None:
    """The person was active, from there."""
    live = BrowserSession.objects.filter(key=digest_of_key(session_key), ended_at=None)
    live.update(seen_at=timezone.now(), address=origin.address, sso_org=sso_org)


def end_session(*, actor: Actor, session: BrowserSession, cause: str = ENDED_BY_HAND) -> bool:
    """Its next request is signed out. False where it had ended already."""
    return bool(_end(actor, BrowserSession.objects.filter(pk=session.pk), cause))


def end_sessions(
    *,
    actor: Actor,
    user: User,
    org: Organization | None = None,
    keep: str | None = None,
    cause: str = "",
) -> int:
    """Ends the person's sessions, but for the one whose key is ``keep``, and returns how many.

    Joins the caller's transaction. With ``org`` it ends what reaches that organization only, and only that organization
    hears of it: sessions of its single sign-on; and all of them where the person is a member of no other.
    """
    rows = BrowserSession.objects.filter(user=user)
    if keep:
        rows = rows.exclude(key=digest_of_key(keep))
    if org is None:
        return _end(actor, rows, cause or (ENDED_BY_HAND if actor.id == user.pk else ENDED_BY_OTHERS))
    home = org.target.org
    if home and any(other.id != home.id for other in homes_of(user.pk)):
        rows = rows.filter(sso_org=home.id)
    return _end(actor, rows, cause or OFFBOARDED, home)


def end_each(*, actor: Actor, sessions: QuerySet[BrowserSession], cause: str) -> int:
    """All of them at once; returns how many had not ended yet. Joins the caller's transaction."""
    return _end(actor, sessions, cause)


def move_session(key: str, to: str) -> None:
    """The session has a new key."""
    BrowserSession.objects.filter(key=key).update(key=to)


def close_session(key: str, cause: str = SIGNED_OUT) -> None:
    """Django's session is gone by an act that has an event of its own."""
    BrowserSession.objects.filter(key=key, ended_at=None).update(ended_at=timezone.now(), ended_because=cause)


def cause_of_end(session_key: str) -> str | None:
    """Why the session that once had this key ended; None for one that never was or that has not."""
    ended = BrowserSession.objects.filter(key=digest_of_key(session_key), ended_at__isnull=False)
    return ended.values_list("ended_because", flat=True).first()


def forget_old_sessions() -> int:
    """Rows of sessions long over, and Django's expired ones."""
    return sum(rows.delete()[0] for rows in _old_sessions())


def count_old_sessions() -> int:
    return sum(rows.count() for rows in _old_sessions())


def _old_sessions() -> "tuple[QuerySet[BrowserSession], QuerySet[Session]]":
    now = timezone.now()
    return BrowserSession.objects.filter(began_at__lt=now - _KEPT), Session.objects.filter(expire_date__lt=now)


def _end(actor: Actor, rows: QuerySet[BrowserSession], cause: str, home: Ref | None = None) -> int:
    with transaction.atomic():
        live = list(rows.filter(ended_at=None).select_related("user").select_for_update(of=("self",)).order_by("id"))
        BrowserSession.objects.filter(pk__in=[row.pk for row in live]).update(
            ended_at=timezone.now(), ended_because=cause
        )
        Session.objects.filter(session_key__in=[row.key for row in live]).delete()
        for row in live:
            for target in _targets(row, home):
                record(END, actor=_seen_by(target, actor), on=target, reason=cause, details=_facts(row))
    return len(live)


def _targets(row: BrowserSession, home: Ref | None) -> list[Target]:
    """Each organization hears of the sessions that reach it; of somebody in none, the installation does."""
    homes: Sequence[Ref] = [home] if home else homes_of(row.user_id)
    reached = [ref for ref in homes if row.sso_org in (None, ref.id)]
    about = row.user.ref
    return [Target(org=ref, about=about) for ref in reached] or [Target(org=None, about=about)]


def _seen_by(target: Target, actor: Actor) -> Actor:
    """What another organization hears of does not name a token of this one."""
    at_home = target.org is not None and target.org.id == actor.org_id
    return actor if at_home or actor.token is None else replace(actor, token=None)


def _facts(row: BrowserSession) -> dict[str, JSON]:
    return {
        "session": str(row.pk),
        "began": row.began_at.isoformat(timespec="seconds"),
        "address": row.address,
        "agent": row.agent,
        "method": row.method,
    }
