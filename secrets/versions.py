"""A secret's versions as its page tells of them: who made each, and how far it has been exposed. Two queries."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from keyvault.secrets.models import Secret, SecretExposure, SecretVersion

LATELY = dt.timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Told:
    """``reads`` counts what was revealed, exported and brokered together."""

    row: SecretVersion
    current: bool
    reads: int
    last: SecretExposure | None

    @property
    def erased(self) -> bool:
        return self.row.destroyed_at is not None

    @property
    def still_read(self) -> bool:
        """An old version that somebody has read lately: they would miss it."""
        return not self.current and self.last is not None and timezone.now() - self.last.last_at < LATELY


def versions_of(secret: Secret) -> list[Told]:
    """The newest first; no envelope is fetched."""
    rows = secret.versions.defer("envelope", "fingerprint").prefetch_related("exposures")
    return [_told(secret, row) for row in rows]


def _told(secret: Secret, row: SecretVersion) -> Told:
    exposures = list(row.exposures.all())
    last = max(exposures, key=lambda each: each.last_at, default=None)
    return Told(row, row.version == secret.current, sum(each.count for each in exposures), last)
