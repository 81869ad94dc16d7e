"""``keys rewrap``: every live data key gets a wrap under every root in use. Values are not touched."""

from dataclasses import dataclass, field
from uuid import UUID

from keyvault.actor import Actor
from keyvault.flows.keys.log import record_ceremony
from keyvault.flows.keys.roots import is_held
from keyvault.keyring.datakeys import WrappedKey, find_wrapped, keys_without, wrap_under
from keyvault.keyring.models import DataKeyWrap, RootKey, RootState
from keyvault.keyring.purposes import Ring
from keyvault.keyring.turns import ceremony

_FIRST = UUID(int=0)


@dataclass(slots=True)
class Rewrapped:
    """``shut`` are the data keys that no root of this process opens: another process has to wrap them."""

    made: int = 0
    shut: set[UUID] = field(default_factory=set)


def rewrap(*, actor: Actor, batch: int = 500) -> Rewrapped:
    """Fills what is missing, for the roots that this process holds and for recovery; only adds, never replaces.

    Each batch is committed with its event, so that a killed run loses nothing and the next one goes on from there.
    """
    done = Rewrapped()
    for root_id in _roots_to_fill():
        after: UUID | None = _FIRST
        while after is not None:
            after = _fill(actor, root_id, after, batch, done)
    return done


def _roots_to_fill() -> list[bytes]:
    roots = RootKey.objects.exclude(state=RootState.RETIRED)
    return [bytes(root.id) for root in roots if root.ring == Ring.RECOVERY or is_held(root)]


def _fill(actor: Actor, root_id: bytes, after: UUID, batch: int, done: Rewrapped) -> UUID | None:
    """One batch; returns where the next one begins."""
    with ceremony():
        root = RootKey.objects.get(pk=root_id)
        if root.state == RootState.RETIRED:
            return None
        key_ids = list(keys_without(root).filter(id__gt=after).order_by("id").values_list("id", flat=True)[:batch])
        found = find_wrapped(key_ids)
        wraps = [wrap for key in found.values() if (wrap := _wrap_again(root, key))]
        DataKeyWrap.objects.bulk_create(wraps)
        if wraps:
            record_ceremony("keys:rewrap", actor=actor, root=root, details={"wraps": len(wraps)})
    done.made += len(wraps)
    done.shut |= set(key_ids) - {wrap.datakey_id for wrap in wraps}
    return key_ids[-1] if key_ids else None


def _wrap_again(root: RootKey, key: WrappedKey) -> DataKeyWrap | None:
    if not key.opens():
        return None
    wrap = wrap_under(root, key.slot, key.open())
    if wrap is not None and root.ring != Ring.RECOVERY:  # of which no process has the private half
        WrappedKey(key.slot, bytes(root.id), bytes(wrap.wrapped)).open()
    return wrap
