"""``keys retire-root``: a root's wraps are deleted, and from then on it opens nothing of this database."""

from django.db.models.functions import Now

from keyvault.actor import Actor
from keyvault.errors import Conflict, Invalid
from keyvault.flows.keys.log import record_ceremony
from keyvault.flows.keys.proof import unproven
from keyvault.flows.keys.roots import find_root
from keyvault.keyring import ring
from keyvault.keyring.datakeys import live_keys
from keyvault.keyring.held import held_root_ids
from keyvault.keyring.models import RootKey, RootState
from keyvault.keyring.purposes import Ring
from keyvault.keyring.turns import ceremony


def retire_root(*, actor: Actor, fingerprint: str) -> RootKey:
    """Safe to repeat. Raises Conflict while a data key would be left without a wrap of this ring that opens.

    Backups made before still open with the retired root: it is destroyed for good only together with them.
    """
    with ceremony():
        root = find_root(fingerprint)
        if root.state != RootState.RETIRED:
            _require_dispensable(root)
            dropped, _ = root.wraps.all().delete()
            RootKey.objects.filter(pk=root.pk).update(state=RootState.RETIRED, retired_at=Now())
            record_ceremony("keys:retire-root", actor=actor, root=root, details={"ring": root.ring, "wraps": dropped})
    ring.forget()
    return root


def _require_dispensable(root: RootKey) -> None:
    if root.ring == Ring.RECOVERY:
        raise Invalid("The recovery key is not retired: without it a lost root key would be the end of every value")
    if root.state == RootState.PRIMARY:
        raise Conflict(f"Root key {root} is the primary of its ring: promote another one first")
    if orphans := unproven(live_keys(Ring(root.ring)).filter(wraps__root=root), _others(root)):
        raise Conflict(
            f"{len(orphans)} data keys would lose their last wrap in the {root.ring} ring that this process can open: "
            "run manage.py keys rewrap"
        )


def _others(root: RootKey) -> list[bytes]:
    """The roots in use of the same ring that this process holds."""
    in_use = RootKey.objects.filter(ring=root.ring).exclude(state=RootState.RETIRED).exclude(pk=root.pk)
    held = held_root_ids(Ring(root.ring))
    return [bytes(other.id) for other in in_use if bytes(other.id) in held]
