"""Which tokens nobody uses: what the review of unused tokens finds, by the clock and the organization's policy."""

import datetime as dt

from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Q, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from tokens.models import AccessToken, TokenState
from tokens.querysets import TokenQuerySet

PAUSED_AFTER = dt.timedelta(days=14)
"""From the notice to the pause."""

REVOKED_AFTER = dt.timedelta(days=30)
"""From the pause to the end."""

_DAY = Value(dt.timedelta(days=1), output_field=DurationField())


def reviewed_tokens() -> TokenQuerySet:
    """Those that the review may touch: by the policy, and by no exemption."""
    rows = _with_last_use().filter(org__stale_token_days__gt=0)
    return rows.exclude(review__exempt_until__gte=timezone.now().date())


def unused_tokens(since: dt.datetime) -> TokenQuerySet:
    """Whatever the policy says, the longest unused first."""
    return _with_last_use().filter(unused_since__lte=since).order_by("unused_since")  # type: ignore[misc] # annotated


def stale_tokens() -> TokenQuerySet:
    """Active, and unused for as long as the policy of their organization says."""
    limit = ExpressionWrapper(F("org__stale_token_days") * _DAY, output_field=DurationField())
    rows = reviewed_tokens().filter(state=TokenState.ACTIVE)
    due = ExpressionWrapper(F("unused_since") + limit, output_field=DateTimeField())
    return rows.annotate(stale_at=due).filter(stale_at__lte=timezone.now())


def listed_for_review(rows: TokenQuerySet) -> TokenQuerySet:
    """Of these: what is stale, what the review paused and nobody resumed, and what is exempt from it."""
    paused = Q(state=TokenState.PAUSED, review__paused_at=F("paused_at"))
    exempt = Q(review__exempt_until__gte=timezone.now().date())
    listed = Q(pk__in=stale_tokens().values("pk")) | paused | exempt
    return _with_last_use(rows).filter(listed).select_related("review")


def tokens_to_notice() -> TokenQuerySet:
    """Nobody was told since they were last used."""
    untold = Q(review=None) | Q(review__noticed_at=None) | Q(review__noticed_at__lt=F("unused_since"))
    return stale_tokens().filter(untold)


def tokens_to_pause() -> TokenQuerySet:
    """Their owner was told two weeks ago, and nothing came of it."""
    told = stale_tokens().filter(review__noticed_at__gte=F("unused_since"))
    return told.filter(review__noticed_at__lte=timezone.now() - PAUSED_AFTER)


def tokens_to_revoke() -> TokenQuerySet:
    """Paused by the review a month ago, and paused still."""
    paused = reviewed_tokens().filter(state=TokenState.PAUSED, review__paused_at=F("paused_at"))
    return paused.filter(paused_at__lte=timezone.now() - REVOKED_AFTER)


def _with_last_use(rows: TokenQuerySet | None = None) -> TokenQuerySet:
    """Live ones with ``unused_since``: made, last used, kept, or paused by the review, whichever was last.

    PostgreSQL's GREATEST passes over nulls.
    """
    since = Greatest("created_at", "use__last_at", "review__kept_at", "review__paused_at")
    return (AccessToken.objects.all() if rows is None else rows).live().annotate(unused_since=since)
