"""What a list of networks would cut off, before it counts: tokens of the last days, open sessions, and oneself."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from accounts.models import BrowserSession
from accounts.services.sessions import live_sessions
from audit.services import record
from keyvault.actor import Actor
from keyvault.networks import admits
from orgs.access import require
from orgs.models import Membership, Organization
from orgs.permissions import Action
from orgs.services.networks import clean_networks
from tokens.models import AccessToken

PREVIEW = "organization:networks-preview"
DAYS = 7
SHOWN = 100  # lines of each list


@dataclass(frozen=True, slots=True)
class Preview:
    """``tokens`` and ``sessions`` are those from outside, at most :data:`SHOWN` of each; the counts are of all."""

    networks: list[str]
    address: str | None
    inside: bool
    tokens: list[AccessToken]
    token_count: int
    sessions: list[BrowserSession]
    session_count: int


def preview_networks(*, actor: Actor, org: Organization, networks: Collection[str]) -> Preview:
    """Changes nothing. Raises Invalid for what is no network, NotAllowed for who may not change the policy.

    A token is known by its last use alone; uses of the last seconds may not be written yet.
    """
    require(actor, Action.CHANGE_POLICY, org.target)
    wanted = clean_networks(networks)
    record(PREVIEW, actor=actor, on=org.target, details={"allowed_networks": wanted})
    tokens = [token for token in _used(actor) if _is_cut(wanted, token.use.address)]
    sessions = [session for session in _open(org) if _is_cut(wanted, session.address)]
    return Preview(
        networks=wanted,
        address=actor.origin.address,
        inside=not _is_cut(wanted, actor.origin.address),
        tokens=tokens[:SHOWN],
        token_count=len(tokens),
        sessions=sessions[:SHOWN],
        session_count=len(sessions),
    )


def _is_cut(networks: list[str], address: str | None) -> bool:
    return bool(networks) and not admits(networks, address)


def _used(actor: Actor) -> list[AccessToken]:
    """Live tokens of the organization that were used in the last days, the last used first."""
    since = timezone.now() - dt.timedelta(days=DAYS)
    return list(AccessToken.objects.visible_to(actor).live().filter(use__last_at__gte=since).order_by("-use__last_at"))


def _open(org: Organization) -> list[BrowserSession]:
    """Sessions of members that reach the organization."""
    members = Membership.objects.acting().filter(org=org).values("user_id")
    reaching = live_sessions().filter(Q(sso_org=None) | Q(sso_org=org.pk), user_id__in=members)
    return list(reaching.select_related("user"))
