"""Which part of the usage a page is about; all of it stands in the address."""

import datetime as dt
from dataclasses import dataclass
from typing import Final, Self

from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DAYS: Final[dict[int, str | Promise]] = {1: _("24 h"), 7: _("7 days"), 30: _("30 days"), 90: _("90 days")}
_USUAL = 30


@dataclass(frozen=True, slots=True)
class Period:
    """Whole steps, hours of one day or days of more, the last of them under way."""

    days: int

    @classmethod
    def read(cls, query: QueryDict) -> Self:
        """What is no choice of ours counts as not asked."""
        asked = query.get("days", "")
        return cls(int(asked) if asked.isdecimal() and int(asked) in DAYS else _USUAL)

    @property
    def by(self) -> str:
        return "hour" if self.days == 1 else "day"

    @property
    def step(self) -> dt.timedelta:
        return dt.timedelta(hours=1) if self.days == 1 else dt.timedelta(days=1)

    @property
    def moments(self) -> list[dt.datetime]:
        """When each step begins, in UTC."""
        now = timezone.now().astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)
        last = now if self.days == 1 else now.replace(hour=0)
        count = 24 if self.days == 1 else self.days
        return [last - self.step * back for back in reversed(range(count))]

    @property
    def since(self) -> dt.datetime:
        return self.moments[0]
