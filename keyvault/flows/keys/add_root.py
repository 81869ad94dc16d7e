"""``keys add-root``: root keys that the processes hold already become roots that data keys may be wrapped under."""

from keyvault.actor import Actor
from keyvault.errors import Invalid
from keyvault.flows.keys.init import register
from keyvault.flows.keys.log import record_ceremony
from keyvault.keyring.held import SETTINGS, held_root_ids, held_roots, rings_given
from keyvault.keyring.models import RootKey, RootState
from keyvault.keyring.purposes import Ring
from keyvault.keyring.readiness import RingNotReady, unknown_roots
from keyvault.keyring.roots import Root, load_root
from keyvault.keyring.turns import ceremony


def add_root(*, actor: Actor, spec: str | None = None) -> list[RootKey]:
    """Registers every root of the settings that is not registered yet, or the one of ``spec``. Safe to repeat.

    A root comes into the settings of every process first, into the database second: else a process would make data
    keys that the others cannot wrap. Raises Invalid for a root that is weak, not in the settings or retired, and
    RingNotReady when the process holds no root of this database.
    """
    only = _deployed(load_root(spec)) if spec else None
    with ceremony():
        added = [root for ring in rings_given() for root in _add(ring, only)]
        for root in added:
            record_ceremony("keys:add-root", actor=actor, root=root, details={"ring": root.ring, "kind": root.kind})
    return added


def _deployed(root: Root) -> bytes:
    if root.id not in held_root_ids():
        raise Invalid(f"Deploy root key {root} to every process first: name it in {' or '.join(SETTINGS.values())}")
    return root.id


def _add(ring: Ring, only: bytes | None) -> list[RootKey]:
    if sentence := unknown_roots(ring):
        raise RingNotReady(sentence)
    known = {bytes(root.id): root for root in RootKey.objects.all()}
    wanted = [root for root in held_roots(ring).values() if only in (None, root.id)]
    for root in wanted:
        _require_not_retired(known.get(root.id))
    return [register(ring, root, RootState.DECRYPT_ONLY) for root in wanted if root.id not in known]


def _require_not_retired(root: RootKey | None) -> None:
    if root is not None and root.state == RootState.RETIRED:
        raise Invalid(f"Root key {root} is retired and does not come back: take it out of the settings")
