"""Which tokens: by status, kind, owner, last use and expiry."""

from django.db.models import Q
from django.utils import timezone

from keyvault.actor import TokenKind
from keyvault.admin.filters import Choice, Typed, days_ago
from tokens.models import TokenState


def _live() -> Q:
    return ~Q(state=TokenState.REVOKED) & Q(expires_at__gt=timezone.now())


def _ends_within(days: int) -> Q:
    return _live() & Q(expires_at__lte=days_ago(-days))


def _unused_for(days: int) -> Q:
    """Used before but not since; or made before and never used."""
    return Q(use__last_at__lt=days_ago(days)) | Q(use=None, created_at__lt=days_ago(days))


class StatusFilter(Choice):
    title = "status"
    parameter_name = "status"
    options = {
        "active": ("Active", lambda: _live() & Q(state=TokenState.ACTIVE)),
        "paused": ("Paused", lambda: _live() & Q(state=TokenState.PAUSED)),
        "expired": ("Expired", lambda: ~Q(state=TokenState.REVOKED) & Q(expires_at__lte=timezone.now())),
        "revoked": ("Revoked", lambda: Q(state=TokenState.REVOKED)),
    }


class KindFilter(Choice):
    title = "kind"
    parameter_name = "kind"
    options = {
        "person": ("Person", lambda: Q(kind=TokenKind.PERSON)),
        "service": ("Service", lambda: Q(kind=TokenKind.SERVICE)),
        "ci": ("CI job", lambda: Q(kind=TokenKind.CI)),
        "team": ("Team", lambda: Q(kind=TokenKind.TEAM)),
    }


class OwnerFilter(Typed):
    title = "token owner"
    parameter_name = "owner"
    hint = "Email or service"

    def asks(self, text: str) -> Q:
        return Q(membership__user__email__iexact=text) | Q(service__slug__iexact=text)


class LastUsedFilter(Choice):
    title = "last use"
    parameter_name = "unused"
    options = {
        "30": ("Not in 30 days", lambda: _unused_for(30)),
        "60": ("Not in 60 days", lambda: _unused_for(60)),
        "90": ("Not in 90 days", lambda: _unused_for(90)),
        "180": ("Not in 180 days", lambda: _unused_for(180)),
        "never": ("Never used", lambda: Q(use=None)),
    }


class ExpiryFilter(Choice):
    title = "expiry"
    parameter_name = "expires"
    options = {
        "30": ("Within 30 days", lambda: _ends_within(30)),
        "60": ("Within 60 days", lambda: _ends_within(60)),
        "90": ("Within 90 days", lambda: _ends_within(90)),
        "180": ("Within 180 days", lambda: _ends_within(180)),
        "later": ("Later", lambda: _live() & Q(expires_at__gt=days_ago(-180))),
    }
