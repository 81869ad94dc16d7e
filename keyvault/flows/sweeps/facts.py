"""What the monthly review says of an organization: names and counts, never a value."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from audit.services import JSON
from keyvault.actor import Verb
from keyvault.secrets.models import Grant, Secret, SecretVersion
from keyvault.secrets.services.reminding import secrets_never_read, secrets_overdue
from keyvault.target import Tier
from orgs.models import Membership, Organization, TeamMember
from tokens.models import AccessToken
from tokens.staleness import unused_tokens

SHOWN = 20
UNUSED_FOR = dt.timedelta(days=30)
RECENT = dt.timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Listed:
    """The first names of a list, and how many there are."""

    names: tuple[str, ...]
    count: int

    @property
    def others(self) -> int:
        return self.count - len(self.names)


@dataclass(frozen=True, slots=True)
class Review:
    unused: Listed
    exposed: Listed
    shared: Listed
    readers: Listed
    overdue: Listed
    never_read: Listed

    @property
    def counts(self) -> dict[str, JSON]:
        return {
            "unused_tokens": self.unused.count,
            "exposed": self.exposed.count,
            "shared_values": self.shared.count,
            "production_readers": self.readers.count,
            "overdue": self.overdue.count,
            "never_read": self.never_read.count,
        }


def review_of(org: Organization) -> Review:
    return Review(
        unused=_unused(org),
        exposed=_exposed(org),
        shared=_shared(org),
        readers=_readers(org),
        overdue=_listed(_place(secret) for secret in secrets_overdue().filter(org=org).order_by("rotate_by")),
        never_read=_listed(_place(secret) for secret in secrets_never_read().filter(org=org).order_by("name")),
    )


def _unused(org: Organization) -> Listed:
    since = timezone.now() - UNUSED_FOR
    tokens = unused_tokens(since).filter(org=org)
    return _listed(f"{token.name} ({token.display})" for token in tokens)


def _exposed(org: Organization) -> Listed:
    """Current values of protected environments that were read or exported in the last month, the most read first."""
    rows = _current(org).filter(secret__environment__protected=True, exposures__kind__in=["revealed", "exported"])
    rows = rows.filter(exposures__last_at__gte=timezone.now() - RECENT).annotate(times=Sum("exposures__count"))
    return _listed(f"{_place(row.secret)}: {row.times} times" for row in rows.order_by("-times", "pk"))


def _shared(org: Organization) -> Listed:
    """Values of production that another environment holds too."""
    rows = _current(org).filter(fingerprint__isnull=False)
    production = rows.filter(secret__environment__tier=Tier.PRODUCTION)
    others = rows.exclude(secret__environment__tier=Tier.PRODUCTION).values_list("fingerprint", flat=True)
    elsewhere = {bytes(mark or b"") for mark in others}
    found = [row for row in production.order_by("pk") if bytes(row.fingerprint or b"") in elsewhere]
    return _listed(_place(row.secret) for row in found)


def _readers(org: Organization) -> Listed:
    """Who has a grant, or a token, that reads values of a protected environment."""
    grants = Grant.objects.filter(org=org, environment__protected=True, verbs__contains=[Verb.READ])
    members = Membership.objects.acting().filter(org=org)
    joined = TeamMember.objects.filter(org=org, team__in=grants.exclude(team=None).values("team"))
    people = members.filter(pk__in=grants.exclude(membership=None).values("membership"))
    people |= members.filter(pk__in=joined.values("membership"))
    tokens = AccessToken.objects.live().filter(org=org, may_reveal_production=True).exclude(kind="p")
    names = [*sorted({member.user.email for member in people.select_related("user")})]
    return _listed([*names, *(f"{token.name} ({token.display})" for token in tokens.order_by("name"))])


def _current(org: Organization) -> QuerySet[SecretVersion]:
    live = SecretVersion.objects.filter(org=org, version=F("secret__current"), secret__deleted_at=None)
    return live.select_related("secret__environment__project").defer("envelope")


def _place(secret: Secret) -> str:
    environment = secret.environment
    return f"{environment.project.slug}/{environment.slug}/{secret.name}"


def _listed(names: Iterable[str]) -> Listed:
    found = list(names)
    return Listed(tuple(found[:SHOWN]), len(found))
