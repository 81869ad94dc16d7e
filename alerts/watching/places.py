"""Where each token was used from: the first network and client are its own, every further one is news."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from alerts.catalogue import Kind
from alerts.models import Place, PlaceKind
from alerts.watching.findings import Finding
from audit.delegated import GATEWAY_ACTS
from audit.models import Event
from keyvault.address import block_of

_PRODUCT = re.compile(r"[^\s/();,]+")
_Key = tuple[UUID, str, str]


def new_places(org_id: UUID, events: Sequence[Event]) -> Iterator[Finding]:
    """Of the events of one organization, oldest first. What is found is remembered with it."""
    uses = [(event, event.token_id) for event in events if event.outcome == "success" and event.address]
    used = [(event, token) for event, token in uses if token is not None]
    known, has_any = _known(org_id, {token for _, token in used})
    fresh: list[Place] = []
    for event, token in used:
        for kind, value in _where(event):
            if (token, kind, value) in known:
                continue
            known.add((token, kind, value))
            fresh.append(Place(org_id=org_id, token=token, kind=kind, value=value, event=event.id, first_at=event.at))
            if (token, kind) in has_any:
                yield _found(event, token, kind, value)
            has_any.add((token, kind))
    Place.objects.bulk_create(fresh, ignore_conflicts=True)


def organizations_used_from(block: str) -> set[UUID]:
    return set(Place.objects.filter(kind=PlaceKind.NETWORK, value=block).values_list("org_id", flat=True).distinct())


def client_of(agent: str) -> str:
    """The first product that a user agent names, without its version."""
    found = _PRODUCT.match(agent.strip())
    return found[0][:64] if found else "unknown"


def _known(org_id: UUID, tokens: set[UUID]) -> tuple[set[_Key], set[tuple[UUID, str]]]:
    rows = Place.objects.filter(org_id=org_id, token__in=tokens) if tokens else Place.objects.none()
    known: set[_Key] = set(rows.values_list("token", "kind", "value"))
    return known, {(token, kind) for token, kind, _ in known}


def _where(event: Event) -> Iterator[tuple[str, str]]:
    """The gateway's events name no client."""
    yield PlaceKind.NETWORK.value, block_of(event.address)
    if event.action not in GATEWAY_ACTS:
        yield PlaceKind.CLIENT.value, client_of(event.document["ua"])


def _found(event: Event, token: UUID, kind: str, value: str) -> Finding:
    place = f"From {event.address}, a network where it was not used before"
    facts = place if kind == PlaceKind.NETWORK else f"By {value}, from {event.address}"
    finding = Finding(
        kind=Kind.NEW_PLACE,
        org_id=event.org_id,
        subject=f"token:{token}",
        name=event.document["token"]["name"],
        event=event.id,
        at=event.at,
        token=token,
        person=event.actor_id,
        facts=facts,
    )
    return replace(finding, project=event.project_id, environment=event.environment_id)
