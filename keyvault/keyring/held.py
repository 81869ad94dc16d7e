"""The root keys that this process holds: read from the settings once, kept in memory, never written."""

import threading
from collections.abc import Mapping, Sequence

from django.conf import settings

from keyvault.errors import CannotOpen
from keyvault.keyring.derivation import shown
from keyvault.keyring.purposes import Ring
from keyvault.keyring.roots import Root, RootRefused, load_root

SETTINGS = {Ring.MAIN: "KEYVAULT_ROOT_KEYS", Ring.GATEWAY: "KEYVAULT_GATEWAY_ROOT_KEYS"}

_Specs = tuple[str, ...]
_Held = Mapping[Ring, Mapping[bytes, Root]]

_lock = threading.Lock()
_roots: dict[str, Root] = {}
_rings: dict[tuple[_Specs, ...], _Held] = {}


def held_roots(ring: Ring) -> Mapping[bytes, Root]:
    """The ring's roots by identifier; empty when the process was given none of it. Raises RootRefused."""
    return _held().get(ring, {})


def held_root_ids(ring: Ring | None = None) -> list[bytes]:
    """Of one ring, or of all; for a query that joins the wraps. Raises RootRefused."""
    return [root_id for name, roots in _held().items() if ring in (None, name) for root_id in roots]


def held_root(root_id: bytes) -> Root:
    """Raises CannotOpen when the process does not hold it."""
    for roots in _held().values():
        if root := roots.get(root_id):
            return root
    raise CannotOpen(f"This process does not hold root key {shown(root_id)}")


def rings_given() -> list[Ring]:
    """The rings that the settings name roots of."""
    return [ring for ring in SETTINGS if _specs(ring)]


def after_fork() -> None:
    """The roots stay: deriving one from a passphrase is slow. A lock that was taken elsewhere does not."""
    global _lock  # noqa: PLW0603
    _lock = threading.Lock()


def _held() -> _Held:
    wanted = tuple(tuple(getattr(settings, name)) for name in SETTINGS.values())
    held = _rings.get(wanted)
    return held if held is not None else _load(wanted)


def _specs(ring: Ring) -> _Specs:
    return tuple(spec.strip() for spec in getattr(settings, SETTINGS[ring]) if spec.strip())


def _load(wanted: tuple[_Specs, ...]) -> _Held:
    with _lock:
        held = {ring: _by_id(ring, _specs(ring)) for ring in SETTINGS}
        _require_apart(held)
        _rings[wanted] = held
    return held


def _by_id(ring: Ring, specs: Sequence[str]) -> dict[bytes, Root]:
    roots: dict[bytes, Root] = {}
    for spec in specs:
        root = _roots[spec] = _roots.get(spec) or load_root(spec)
        if roots.setdefault(root.id, root) is not root or specs.count(spec) > 1:
            raise RootRefused(f"{SETTINGS[ring]} names root key {root} twice")
    return roots


def _require_apart(held: _Held) -> None:
    for root_id in held[Ring.MAIN].keys() & held[Ring.GATEWAY].keys():
        raise RootRefused(f"Root key {shown(root_id)} is in both rings: a stolen gateway would open everything")
