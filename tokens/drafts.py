"""A token that is asked for: the input made clean, its owner and place of one organization, its end decided."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID

from django.utils import timezone

from keyvault.actor import Actor, TokenKind, Verb
from keyvault.errors import Conflict, NotFound
from keyvault.secrets.models import Environment, Project
from keyvault.target import Target, Tier
from orgs.models import Membership, Organization
from orgs.names import clean_note, invalid
from orgs.permissions import Action
from orgs.services.standing import own_membership
from tokens.limits import NONE, Limits, clean_limits, keeper
from tokens.models import AccessToken, ServiceIdentity
from tokens.names import clean_name
from tokens.reach import Reach, clean_endpoints, clean_networks, clean_origins, clean_prefixes, clean_verbs

Owner = Membership | ServiceIdentity

NOTE_LIMIT = 500  # characters

_TOLERANCE = dt.timedelta(minutes=1)  # of clients' clocks: who asks for the longest that is allowed, gets it


@dataclass(frozen=True, slots=True)
class Draft:
    """Nothing here says that it is allowed; :mod:`tokens.rules` does."""

    kind: TokenKind
    name: str
    note: str
    org: Organization
    membership: Membership | None
    service: ServiceIdentity | None
    project: Project | None
    environment: Environment | None
    reach: Reach
    limits: Limits
    offered: bool

    @property
    def is_public(self) -> bool:
        """Whoever has it can use it from anywhere: its origin list fences in browsers only."""
        return self.kind is TokenKind.TEAM and not self.reach.networks

    @property
    def action(self) -> Action:
        """The act that issuing it is."""
        if self.offered:
            return Action.OFFER_TOKEN
        return _ACTIONS.get(self.kind, Action.ISSUE_SERVICE_TOKEN)

    @property
    def target(self) -> Target:
        if self.environment:
            return self.environment.target
        return self.project.target if self.project else self.org.target

    @property
    def owner_ids(self) -> tuple[UUID | None, UUID | None]:
        """Of the membership, of the service identity."""
        return (self.membership.pk if self.membership else None, self.service.pk if self.service else None)

    @property
    def tier(self) -> Tier | None:
        return Tier(self.environment.tier) if self.environment else None


_OWNERS: dict[TokenKind, tuple[type, str]] = {
    TokenKind.PERSON: (Membership, "A personal token is a member's."),
    TokenKind.SERVICE: (ServiceIdentity, "A service token is a service identity's."),
    TokenKind.CI: (ServiceIdentity, "A CI token is a service identity's."),
    TokenKind.TEAM: (type(None), "A team token is the whole team's."),
}
_ACTIONS = {TokenKind.PERSON: Action.ISSUE_PERSONAL_TOKEN, TokenKind.TEAM: Action.ISSUE_TEAM_TOKEN}


def draft_token(
    *,
    actor: Actor,
    kind: TokenKind,
    name: str,
    verbs: Collection[str] = (),
    project: Project | None = None,
    environment: Environment | None = None,
    prefixes: Collection[str] = (),
    networks: Collection[str] = (),
    origins: Collection[str] = (),
    may_reveal_production: bool = False,
    server_calls: bool = False,
    websocket: bool = False,
    endpoints: Collection[str] = (),
    limits: Limits = NONE,
    expires_at: dt.datetime | None = None,
    lifetime: dt.timedelta | None = None,
    owner: Owner | None = None,
    note: str = "",
) -> Draft:
    """See :func:`tokens.services.issue_token`. Raises Invalid, and NotFound for another organization's things."""
    if environment and project is None:
        project = environment.project
    owner = _owner(actor, kind, owner)
    org = _one_organization(actor, owner, project, environment)
    membership = owner if isinstance(owner, Membership) else None
    reach = Reach(
        verbs=clean_verbs(verbs),
        project_id=project.pk if project else None,
        environment_id=environment.pk if environment else None,
        prefixes=clean_prefixes(prefixes),
        networks=clean_networks(networks),
        origins=clean_origins(origins),
        may_reveal_production=may_reveal_production,
        expires_at=decide_end(expires_at, lifetime, latest_end(org, membership)),
        server_calls=server_calls,
        websocket=websocket,
        endpoints=clean_endpoints(endpoints),
    )
    return Draft(
        kind=kind,
        name=clean_name(name),
        note=clean_note(note, field="note", limit=NOTE_LIMIT),
        org=org,
        membership=membership,
        service=owner if isinstance(owner, ServiceIdentity) else None,
        project=project,
        environment=environment,
        reach=reach,
        limits=clean_limits(limits),
        offered=membership is not None and membership.pk != actor.membership_id,
    )


def draft_successor(actor: Actor, token: AccessToken, *, expires_at: dt.datetime) -> Draft:
    """The same token over again, with another end; it goes on under the limits of its line."""
    return Draft(
        kind=TokenKind(token.kind),
        name=token.name,
        note=token.note,
        org=token.org,
        membership=token.membership,
        service=token.service,
        project=token.project,
        environment=token.environment,
        reach=replace(reach_of(token), expires_at=expires_at),
        limits=keeper().limits_of(token.org, token.line or token),
        offered=token.membership_id is not None and token.membership_id != actor.membership_id,
    )


def reach_of(token: AccessToken) -> Reach:
    return Reach(
        verbs=frozenset(map(Verb, token.verbs)),
        project_id=token.project_id,
        environment_id=token.environment_id,
        prefixes=tuple(token.prefixes),
        networks=tuple(token.networks),
        origins=tuple(token.origins),
        may_reveal_production=token.may_reveal_production,
        expires_at=token.expires_at,
        server_calls=token.server_calls,
        websocket=token.websocket,
        endpoints=tuple(token.endpoints),
    )


def latest_end(org: Organization, membership: Membership | None = None) -> dt.datetime:
    """By the organization's policy, and for a member by the engagement's last day (UTC)."""
    by_policy = timezone.now() + dt.timedelta(days=org.token_max_days)
    if membership is None or membership.ends_on is None:
        return by_policy
    day_after = membership.ends_on + dt.timedelta(days=1)
    return min(by_policy, dt.datetime.combine(day_after, dt.time(), tzinfo=dt.UTC))


def decide_end(expires_at: dt.datetime | None, lifetime: dt.timedelta | None, latest: dt.datetime) -> dt.datetime:
    """Raises Invalid unless exactly one is given and it lies between now and ``latest``."""
    now = timezone.now()
    if (expires_at is None) == (lifetime is None):
        raise invalid("expires_at", "Every token expires: say when, or after how long.")
    try:
        end = expires_at if expires_at is not None else now + (lifetime or dt.timedelta())
        if not now < end <= latest + _TOLERANCE:
            raise invalid("expires_at", f"From now until {latest:%Y-%m-%d %H:%M} UTC at the latest.")
    except (TypeError, OverflowError):  # without a time zone; beyond the year 9999
        raise invalid("expires_at", "A moment with a time zone.") from None
    return min(end, latest).astimezone(dt.UTC)


def require_active(owner: Owner | None) -> None:
    """Raises Conflict where the owner is one no more."""
    if isinstance(owner, Membership) and not (owner.active and owner.user.is_active):
        raise Conflict("The person is no member any more.", rule="membership-ended")
    if isinstance(owner, ServiceIdentity) and owner.disabled_at:
        raise Conflict("The service identity is disabled.", rule="service-disabled")


def _owner(actor: Actor, kind: TokenKind, owner: Owner | None) -> Owner | None:
    if kind is TokenKind.PERSON:
        owner = owner or own_membership(actor)
    wanted, sentence = _OWNERS[kind]
    if not isinstance(owner, wanted):
        raise invalid("owner", sentence)
    require_active(owner)
    return owner


def _one_organization(
    actor: Actor, owner: Owner | None, project: Project | None, environment: Environment | None
) -> Organization:
    """Raises NotFound where something is another organization's: it does not exist here."""
    things = [thing for thing in (environment, project, owner) if thing is not None]
    org_ids = {org_id for org_id in (actor.org_id, *(thing.org_id for thing in things)) if org_id}
    if len(org_ids) != 1 or (environment and project and environment.project_id != project.pk):
        raise NotFound
    return things[0].org if things else Organization.objects.get(pk=org_ids.pop())
