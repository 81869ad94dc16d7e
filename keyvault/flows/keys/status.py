"""``keys status``: the roots, what they wrap, the data keys, and what should be done. Changes nothing."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from keyvault.keyring.datakeys import keys_without
from keyvault.keyring.held import held_roots, rings_given
from keyvault.keyring.models import DataKey, DataKeyState, RootKey, RootState
from keyvault.keyring.purposes import Ring
from keyvault.keyring.readiness import check, notices
from keyvault.keyring.roots import Root, RootRefused

_MOST_SEALS = 2**31  # half of what NIST SP 800-38D §8.3 permits with random nonces
_OLDEST = dt.timedelta(days=365)


@dataclass(frozen=True, slots=True)
class RootStatus:
    """The state of a root in the settings only is ``unregistered``; ``missing`` counts data keys it should wrap."""

    fingerprint: str
    ring: str
    kind: str
    state: str
    held: bool
    wraps: int = 0
    missing: int = 0
    created_at: dt.datetime | None = None
    confirmed_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """The live data keys of one purpose. ``due`` should be rotated: a year old, or half of the seals used up."""

    purpose: str
    keys: int
    seals: int
    oldest: dt.datetime
    due: int


@dataclass(frozen=True, slots=True)
class Status:
    roots: tuple[RootStatus, ...]
    keys: tuple[KeyStatus, ...]
    problems: tuple[str, ...]
    notices: tuple[str, ...]


def status() -> Status:
    problems = check()
    advice = [] if problems else notices()
    return Status((*_registered(), *_unregistered()), tuple(_keys()), tuple(problems), tuple(advice))


def _registered() -> list[RootStatus]:
    held = {root.id for _, root in _held()}
    return [_root_status(root, bytes(root.id) in held) for root in RootKey.objects.all()]


def _root_status(root: RootKey, is_held: bool) -> RootStatus:
    return RootStatus(
        fingerprint=bytes(root.id).hex(),
        ring=root.ring,
        kind=root.kind,
        state=root.state,
        held=is_held,
        wraps=root.wraps.count(),
        missing=0 if root.state == RootState.RETIRED else keys_without(root).count(),
        created_at=root.created_at,
        confirmed_at=root.confirmed_at,
    )


def _unregistered() -> list[RootStatus]:
    known = {bytes(root.id) for root in RootKey.objects.all()}
    return [
        RootStatus(fingerprint=root.id.hex(), ring=ring, kind=root.kind, state="unregistered", held=True)
        for ring, root in _held()
        if root.id not in known
    ]


def _held() -> list[tuple[Ring, Root]]:
    """Nothing when a root is refused; ``check`` says why."""
    try:
        return [(ring, root) for ring in rings_given() for root in held_roots(ring).values()]
    except RootRefused:
        return []


def _keys() -> list[KeyStatus]:
    worn = Q(enc_count__gte=_MOST_SEALS) | Q(created_at__lte=timezone.now() - _OLDEST)
    rows = DataKey.objects.exclude(state=DataKeyState.SHREDDED).order_by("purpose").values("purpose")
    rows = rows.annotate(keys=Count("id"), seals=Max("enc_count"), oldest=Min("created_at"))
    return [KeyStatus(**row) for row in rows.annotate(due=Count("id", filter=worn & Q(state=DataKeyState.ACTIVE)))]
