"""What a person did: by hand, through tokens, and how many tokens and requests there are."""

from django.db.models import Count, Q, Sum
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from audit.newest import in_organizations, newest
from audit.querysets import EventQuerySet
from keyvault.admin import event_rows, model_usage
from keyvault.admin.parts import Cell, Facts, Table
from orgs.models import Membership
from tokens.models import AccessToken, TokenState

_SHOWN = 50


def numbers(user: User) -> Facts:
    """Of personal tokens. Requests are those of all time, counted when a token was admitted."""
    revoked, expired = Q(state=TokenState.REVOKED), Q(expires_at__lte=timezone.now())
    counted = AccessToken.objects.filter(membership__user=user).aggregate(
        active=Count("pk", filter=Q(state=TokenState.ACTIVE) & ~expired),
        paused=Count("pk", filter=Q(state=TokenState.PAUSED) & ~expired),
        expired=Count("pk", filter=expired & ~revoked),
        revoked=Count("pk", filter=revoked),
        requests=Sum("use__count", default=0),
    )
    rows: list[tuple[str, Cell]] = [(f"{word.capitalize()} tokens", counted[word]) for word in _STATES]
    return Facts("Numbers", [*rows, ("Requests with them", counted["requests"])])


def tables(user: User) -> list[Table]:
    """Where the person was a member counts too: what was done there stays done."""
    homes = Membership.objects.filter(user=user).values_list("org_id", flat=True).distinct()
    questions = in_organizations(list(homes), and_of_the_installation=True)
    of_person = [question.filter(actor_id=user.pk) for question in questions]
    return [
        event_rows.table("Recent actions", _newest(of_person, by_token=False), empty="None in the log."),
        event_rows.table("Request history", _newest(of_person, by_token=True), empty="No request with a token."),
        model_usage.table(Q(person=user.pk)),
    ]


def _newest(questions: list[EventQuerySet], *, by_token: bool) -> list[Event]:
    return newest([question.filter(token_id__isnull=not by_token) for question in questions], limit=_SHOWN)


_STATES = ("active", "paused", "expired", "revoked")
