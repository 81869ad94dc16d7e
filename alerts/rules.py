"""The rules of an organization as they are now: the standard, with what it changed."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from alerts.catalogue import STANDARD, Kind, Severity, Standard
from alerts.models import Rule
from keyvault.target import Tier


@dataclass(frozen=True, slots=True)
class Standing:
    """``severity`` is the organization's own choice, wherever the finding is; else the standard's, by tier."""

    kind: Kind
    enabled: bool
    severity: Severity | None
    threshold: int
    window: int
    quiet: int

    @property
    def standard(self) -> Standard:
        return STANDARD[self.kind]

    @property
    def span(self) -> dt.timedelta:
        return dt.timedelta(minutes=self.window)

    @property
    def silence(self) -> dt.timedelta:
        return dt.timedelta(minutes=self.quiet)

    def severity_in(self, tier: str) -> Severity:
        if self.severity is not None:
            return self.severity
        raised = self.standard.in_production if tier == Tier.PRODUCTION else None
        return raised or self.standard.severity


def rules_of(org_id: UUID) -> Mapping[Kind, Standing]:
    """Every rule, in the order of the catalogue. One query."""
    changed = {rule.kind: rule for rule in Rule.objects.filter(org_id=org_id)}
    return {kind: _standing(kind, changed.get(kind.value)) for kind in Kind}


def _standing(kind: Kind, changed: Rule | None) -> Standing:
    standard = STANDARD[kind]
    if changed is None:
        return Standing(kind, True, None, standard.threshold, standard.window, standard.quiet)
    return Standing(
        kind=kind,
        enabled=changed.enabled or standard.always,
        severity=Severity(changed.severity) if changed.severity else None,
        threshold=standard.threshold if changed.threshold is None else changed.threshold,
        window=standard.window if changed.window is None else changed.window,
        quiet=standard.quiet if changed.quiet is None else changed.quiet,
    )
