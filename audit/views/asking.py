"""Which events somebody asks for: words, a person, an act, an outcome, a time. All of it stands in the address."""

import datetime as dt
import ipaddress
from dataclasses import dataclass
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audit.entry import Outcome
from audit.querysets import EventQuerySet
from keyvault.actor import Actor
from keyvault.secrets.models import Secret
from orgs.models import Membership
from tokens.models import AccessToken, ServiceIdentity

DAYS = (1, 7, 30, 90)
KINDS: dict[str, tuple[str | Promise, tuple[str, ...]]] = {
    "secrets": (_("Secrets"), ("secret:", "project:", "environment:", "leak:")),
    "tokens": (_("Tokens"), ("token:", "service:", "gateway:", "scim-token:")),
    "sign-ins": (_("Sign-ins"), ("person:", "session:", "organization:enter")),
    "people": (_("People and rights"), ("member:", "team:", "grant:", "invitation:", "offboarding:", "engagement:")),
    "settings": (_("Settings"), ("organization:", "sso:", "domain:", "alert", "upstream:", "host-label:", "sweep:")),
}
"""What can be chosen among, by the beginnings of the acts' names."""

_DEFAULT = 7


@dataclass(frozen=True, slots=True)
class Asked:
    words: str
    kind: str
    outcome: str
    days: int | None
    """None: as far back as the log goes."""
    grouped: bool
    before: UUID | None
    """Where the page begins: only older events."""

    @classmethod
    def read(cls, query: QueryDict) -> "Asked":
        """What is no choice of ours counts as not asked."""
        kind, outcome, days = (query.get(name, "") for name in ("kind", "outcome", "days"))
        return cls(
            words=query.get("q", "").replace("\0", "").strip()[:200],
            kind=kind if kind in KINDS else "",
            outcome=outcome if outcome in list(Outcome) else "",
            days=None if days == "all" else int(days) if days in map(str, DAYS) else _DEFAULT,
            grouped=query.get("group") != "off",
            before=_uuid(query.get("before", "")),
        )

    @property
    def days_asked(self) -> str:
        return str(self.days or "all")

    @property
    def narrows(self) -> bool:
        return bool(self.words or self.kind or self.outcome)

    def among(self, events: EventQuerySet, actor: Actor) -> EventQuerySet:
        start = timezone.now() - dt.timedelta(days=self.days) if self.days else None
        events = events.between(start)
        if self.before:
            events = events.filter(id__lt=self.before)
        if self.kind:
            events = events.filter(reduce(or_, (Q(action__startswith=each) for each in KINDS[self.kind][1])))
        if self.outcome:
            events = events.filter(outcome=self.outcome)
        return events.filter(_named(self.words, actor)) if self.words else events


def _named(words: str, actor: Actor) -> Q:
    """A number of an event or a request, an address, or the name of a person, service, secret or token."""
    if number := _uuid(words):
        return Q(id=number) | Q(request_id=number) | Q(actor_id=number) | Q(secret_id=number) | Q(token_id=number)
    if address := _address(words):
        return Q(address=address)
    people = Membership.objects.filter(org_id=actor.org_id)
    people = people.filter(Q(user__email__icontains=words) | Q(user__name__icontains=words))
    services = ServiceIdentity.objects.filter(org_id=actor.org_id, slug__icontains=words)
    secrets = Secret.objects.filter(org_id=actor.org_id, name__icontains=words)
    tokens = AccessToken.objects.filter(org_id=actor.org_id, name__icontains=words).values("id")
    return (
        Q(actor_id__in=people.values("user_id"))
        | Q(actor_id__in=services.values("id"))
        | Q(secret_id__in=secrets.values("id"))
        | Q(token_id__in=tokens)
        | Q(target_token_id__in=tokens)
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
