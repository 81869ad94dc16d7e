"""Changing a rule: on or off, how serious, how many within how long, how long it is silent afterwards."""

from alerts.catalogue import QUIET, STANDARD, THRESHOLDS, WINDOWS, Kind, Severity
from alerts.models import Rule
from alerts.rules import Standing, rules_of
from audit.services import JSON, record
from keyvault.actor import Actor
from keyvault.errors import NotFound
from keyvault.target import Ref, Target
from orgs.access import changing_rights
from orgs.models import Organization
from orgs.names import invalid
from orgs.permissions import Action

FIELDS = ("enabled", "severity", "threshold", "window", "quiet")


def change_rule(
    *,
    actor: Actor,
    org: Organization,
    kind: str,
    enabled: bool | None = None,
    severity: str | None = None,
    threshold: int | None = None,
    window: int | None = None,
    quiet: int | None = None,
) -> Standing:
    """Changes what is given; ``window`` and ``quiet`` in minutes. An empty ``severity`` is the standard's again.

    Raises NotFound for a rule that there is not, Invalid out of bounds. Without a difference there is no event.
    """
    rule = kind_named(kind)
    _require_valid(rule, enabled, severity, threshold, window, quiet)
    wanted = {"enabled": enabled, "severity": severity, "threshold": threshold, "window": window, "quiet": quiet}
    on = _target(org, rule)
    with changing_rights(actor, Action.CHANGE_ALERT_RULE, on) as held:
        before = rules_of(org.pk)[rule]
        row, _ = Rule.objects.get_or_create(org=org, kind=rule.value)
        for field, value in wanted.items():
            if value is not None:
                setattr(row, field, value or None if field == "severity" else value)
        row.save(update_fields=list(FIELDS))
        after = rules_of(org.pk)[rule]
        if changes := _changes(before, after):
            record(Action.CHANGE_ALERT_RULE, actor=held, on=on, details=changes)
    return after


def kind_named(kind: str) -> Kind:
    """Raises NotFound."""
    if kind not in set(Kind):
        raise NotFound
    return Kind(kind)


def _require_valid(
    rule: Kind, enabled: bool | None, severity: str | None, threshold: int | None, window: int | None, quiet: int | None
) -> None:
    standard = STANDARD[rule]
    if enabled is False and standard.always:
        raise invalid("enabled", "This rule is always on.")
    if severity and severity not in set(Severity):
        raise invalid("severity", f"One of {', '.join(Severity)}.")
    for field, value, bounds in (("threshold", threshold, THRESHOLDS), ("window", window, WINDOWS)):
        if value is not None and not standard.counts:
            raise invalid(field, "This rule does not count: it is raised by the first finding.")
        _require_within(field, value, bounds)
    _require_within("quiet", quiet, QUIET)


def _require_within(field: str, value: int | None, bounds: tuple[int, int]) -> None:
    low, high = bounds
    if value is not None and not low <= value <= high:
        raise invalid(field, f"From {low} to {high}.")


def _changes(before: Standing, after: Standing) -> dict[str, JSON]:
    return {
        field: {"from": getattr(before, field), "to": getattr(after, field)}
        for field in FIELDS
        if getattr(before, field) != getattr(after, field)
    }


def _target(org: Organization, kind: Kind) -> Target:
    return Target(org=org.ref, about=Ref(org.pk, kind.value))
