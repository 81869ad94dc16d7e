"""Soft budgets: each look asks how they stand, and each that is reached is told of once a month."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from alerts.catalogue import Kind
from alerts.models import Alert, AlertState
from alerts.rules import Standing as Rule
from alerts.rules import rules_of
from alerts.sending.telling import tell
from alerts.watching.judging import raise_alert
from gateway.queries import Standing, soft_budgets_reached
from keyvault.target import Tier
from orgs.models import Membership, Organization
from tokens.models import AccessToken


def look_at_budgets() -> int:
    """How many alerts were raised."""
    reached = {_subject(standing): standing for standing in soft_budgets_reached()}
    told = set(_told(list(reached)))
    return sum(_raise_once(subject, standing) for subject, standing in reached.items() if subject not in told)


def _subject(standing: Standing) -> str:
    """Another month, or another budget, is another thing."""
    return f"budget:{standing.limit.pk}:{timezone.now():%Y-%m}:{standing.limit.soft_cents}"


def _told(subjects: Sequence[str], org_id: UUID | None = None) -> list[str]:
    alerts = Alert.objects.filter(kind=Kind.BUDGET_REACHED, subject__in=subjects)
    return list((alerts.filter(org_id=org_id) if org_id else alerts).values_list("subject", flat=True))


@transaction.atomic(durable=True)
def _raise_once(subject: str, standing: Standing) -> bool:
    """Of two who look at once one raises it."""
    org = Organization.objects.select_for_update(no_key=True).get(pk=standing.limit.org_id)
    rule = rules_of(org.pk)[Kind.BUDGET_REACHED]
    if not rule.enabled or _told([subject], org.pk):
        return False
    raised = raise_alert(org, _composed(subject, standing, rule))
    tell(raised.alert, owner=_owner(standing.limit.token))
    return True


def _composed(subject: str, standing: Standing, rule: Rule) -> Alert:
    limit, now = standing.limit, timezone.now()
    token = limit.token
    tier = token.environment.tier if token and token.environment else ""
    name = token.name if token else limit.project.slug if limit.project else "all of the organization"
    return Alert(
        kind=rule.kind.value,
        subject=subject,
        severity=rule.severity_in(Tier(tier) if tier else "").value,
        tier=tier,
        title=f"{rule.standard.title}: {name}"[:300],
        sentence=_sentence(standing),
        count=1,
        first_at=now,
        last_at=now,
        project=limit.project_id or (token.project_id if token else None),
        environment=token.environment_id if token else None,
        token=limit.token_id,
        state=AlertState.OPEN,
    )


def _sentence(standing: Standing) -> str:
    """``12.40 of the soft budget of 10.00 were spent in November 2026. Beyond 20.00 requests are refused.``"""
    said = f"{standing.spent / 100:,.2f} of the soft budget of {(standing.limit.soft_cents or 0) / 100:,.2f} were spent"
    said += f" in {timezone.now():%B %Y}, in the price list's currency."
    if standing.limit.monthly_cents is None:
        return f"{said} Nothing is refused."
    return f"{said} Beyond {standing.limit.monthly_cents / 100:,.2f} requests are refused."


def _owner(token: AccessToken | None) -> Membership | None:
    return (token.membership or token.keeper) if token else None
