"""The review of unused tokens: told, paused, revoked; kept by whoever needs one, left alone by who may say so."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from audit.services import JSON, record
from keyvault.actor import Actor
from keyvault.errors import Conflict
from orgs.models import Organization
from orgs.names import invalid
from orgs.permissions import Action
from tokens.models import AccessToken, TokenReview, TokenState
from tokens.querysets import TokenQuerySet
from tokens.services.pausing import require_not_final
from tokens.services.revoking import clean_cause, revoke_held, with_descendants
from tokens.services.standing import by_role, change_tokens, changing_token, own_or, read_tokens
from tokens.staleness import PAUSED_AFTER, REVOKED_AFTER, tokens_to_notice, tokens_to_pause, tokens_to_revoke

NOTICE = "token:stale-notice"
STALE = "unused"
LONGEST_EXEMPTION = dt.timedelta(days=365)


def notice_stale_token(*, actor: Actor, token: AccessToken) -> bool:
    """In the transaction that causes the mail. False where it was used, kept or noticed meanwhile."""
    with transaction.atomic():
        found = _held(tokens_to_notice(), token)
        if found is None:
            return False
        now = timezone.now()
        _review(found, noticed_at=now)
        details: dict[str, JSON] = {"unused_since": _day(found), "pause_on": (now + PAUSED_AFTER).date().isoformat()}
        record(NOTICE, actor=actor, on=found.target, details=details)
    return True


def pause_stale_token(*, actor: Actor, token: AccessToken) -> bool:
    """Whoever owns it resumes or keeps it."""
    with transaction.atomic():
        found = _held(tokens_to_pause(), token)
        if found is None:
            return False
        now = timezone.now()
        change_tokens([found], state=TokenState.PAUSED, paused_at=now, paused_by_id=None)
        _review(found, paused_at=now)
        details: dict[str, JSON] = {"change": "pause", "revoke_on": (now + REVOKED_AFTER).date().isoformat()}
        record(Action.CHANGE_TOKEN, actor=actor, on=found.target, reason=STALE, details=details)
    return True


def revoke_stale_token(*, actor: Actor, token: AccessToken) -> bool:
    with transaction.atomic():
        found = _held(tokens_to_revoke(), token)
        if found is not None:
            revoke_held(actor, with_descendants([found]), STALE)
    return found is not None


def keep_token(*, actor: Actor, token: AccessToken) -> AccessToken:
    """As if it had been used now; one that the review paused works again. By its owner, or who may change tokens."""
    with changing_token(actor, Action.KEEP_TOKEN, token, own_or(Action.KEEP_TOKEN)) as held:
        require_not_final(held.token)
        _review(held.token, kept_at=timezone.now(), kept_by=held.actor.name[:254])
        details: dict[str, JSON] = {"resumed": _resumed(held.token)}
        record(Action.KEEP_TOKEN, actor=held.actor, on=held.token.target, details=details)
    return held.token


def exempt_token(*, actor: Actor, token: AccessToken, reason: str, until: dt.date) -> AccessToken:
    """The review leaves it alone until that day is over, for a year at most. One that it paused works again."""
    reason = clean_cause(reason)
    today = timezone.now().date()
    if not today <= until <= today + LONGEST_EXEMPTION:
        raise invalid("until", f"From today to {LONGEST_EXEMPTION.days} days ahead.")
    with changing_token(actor, Action.EXEMPT_TOKEN, token, by_role(Action.EXEMPT_TOKEN)) as held:
        require_not_final(held.token)
        _review(held.token, exempt_until=until, exempt_reason=reason, exempt_by=held.actor.name[:254])
        details: dict[str, JSON] = {"until": until.isoformat(), "resumed": _resumed(held.token)}
        record(Action.EXEMPT_TOKEN, actor=held.actor, on=held.token.target, reason=reason, details=details)
    return held.token


def end_exemption(*, actor: Actor, token: AccessToken) -> AccessToken:
    """Raises Conflict where there is none."""
    with changing_token(actor, Action.EXEMPT_TOKEN, token, by_role(Action.EXEMPT_TOKEN)) as held:
        exempt = TokenReview.objects.filter(token=held.token, exempt_until__isnull=False)
        if not exempt.update(exempt_until=None, exempt_reason="", exempt_by=""):
            raise Conflict("The token is not exempt from the review.", rule="not-exempt")
        record(Action.EXEMPT_TOKEN, actor=held.actor, on=held.token.target, details={"until": None})
    return held.token


def _held(due: TokenQuerySet, token: AccessToken) -> AccessToken | None:
    """As it is now, if it is still due; nothing about it changes before the transaction ends."""
    Organization.objects.select_for_update(no_key=True).get(pk=token.org_id)
    found = read_tokens(due.filter(pk=token.pk))
    return found[0] if found else None


def _review(token: AccessToken, **changes: object) -> None:
    TokenReview.objects.update_or_create(token=token, defaults={"org_id": token.org_id, **changes})


def _resumed(token: AccessToken) -> bool:
    """Only what the review paused: what a person paused, a person resumes."""
    ours = TokenReview.objects.filter(token=token, paused_at=token.paused_at, paused_at__isnull=False).exists()
    if not ours or token.state != TokenState.PAUSED:
        return False
    change_tokens([token], state=TokenState.ACTIVE, paused_at=None, paused_by_id=None, paused_with_environment=False)
    return True


def _day(token: AccessToken) -> str:
    since: dt.datetime = token.unused_since  # type: ignore[attr-defined] # annotated by the queryset
    return since.date().isoformat()
