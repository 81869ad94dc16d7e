"""``keys promote``: another root becomes the primary of its ring. Which one that is, is the database's choice alone."""

from keyvault.actor import Actor
from keyvault.errors import Conflict, Invalid
from keyvault.flows.keys.log import record_ceremony
from keyvault.flows.keys.proof import unproven
from keyvault.flows.keys.roots import find_root, is_held
from keyvault.keyring.datakeys import live_keys
from keyvault.keyring.models import RootKey, RootState
from keyvault.keyring.purposes import Ring
from keyvault.keyring.turns import ceremony


def promote(*, actor: Actor, fingerprint: str) -> RootKey:
    """Safe to repeat. Raises Conflict until every live data key of the ring opens under the new primary."""
    with ceremony():
        root = find_root(fingerprint)
        _require_in_use(root)
        if root.state != RootState.PRIMARY:
            _require_promotable(root)
            previous = make_primary(root)
            record_ceremony("keys:promote", actor=actor, root=root, details={"ring": root.ring, "previous": previous})
    return root


def make_primary(root: RootKey) -> str:
    """Returns how the previous primary of the ring is shown, or nothing where there was none."""
    previous = RootKey.objects.filter(ring=root.ring, state=RootState.PRIMARY).first()
    if previous is not None:
        previous.state = RootState.DECRYPT_ONLY
        previous.save(update_fields=["state"])
    root.state = RootState.PRIMARY
    root.save(update_fields=["state"])
    return str(previous or "")


def _require_in_use(root: RootKey) -> None:
    if root.ring == Ring.RECOVERY or root.state == RootState.RETIRED:
        raise Invalid(f"Root key {root} is {'retired' if root.state == RootState.RETIRED else 'the recovery key'}")


def _require_promotable(root: RootKey) -> None:
    if not is_held(root):
        raise Conflict(f"This process does not hold root key {root}: deploy it first")
    if missing := unproven(live_keys(Ring(root.ring)), [bytes(root.id)]):
        raise Conflict(f"{len(missing)} data keys do not open under root key {root}: run manage.py keys rewrap")
