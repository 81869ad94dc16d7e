"""``keys recovery-confirm`` and ``keys recover``: the offline key is shown to be kept, or stands in for lost roots."""

from collections.abc import Iterator, Sequence

from django.db.models.functions import Now

from keyvault.actor import Actor
from keyvault.errors import CannotOpen, Invalid, NotFound
from keyvault.flows.keys.init import register
from keyvault.flows.keys.log import record_ceremony
from keyvault.flows.keys.promote import make_primary
from keyvault.keyring import ring
from keyvault.keyring.datakeys import slot_of, wrap_under
from keyvault.keyring.held import SETTINGS, held_roots, rings_given
from keyvault.keyring.models import DataKeyState, DataKeyWrap, RootKey, RootState
from keyvault.keyring.purposes import Ring
from keyvault.keyring.recovery import RecoveryKey
from keyvault.keyring.turns import ceremony
from keyvault.keyring.wraps import KeySlot, unwrap_by_recovery


def confirm_recovery(*, actor: Actor, key: RecoveryKey) -> int:
    """Opens every recovery wrap and returns their number. Raises Invalid for another key, CannotOpen for a bad wrap."""
    with ceremony():
        root = _recovery_root(key)
        opened = sum(1 for _ in _opened(root, key))
        if not opened:
            raise CannotOpen("There is no recovery wrap yet: run manage.py keys rewrap")
        RootKey.objects.filter(pk=root.pk).update(confirmed_at=Now())
        record_ceremony("keys:recovery-confirm", actor=actor, root=root, details={"wraps": opened})
    return opened


def recover(*, actor: Actor, key: RecoveryKey) -> int:
    """After the roots are lost: every data key is opened with ``key`` and wrapped under the roots of the settings.

    They become the primaries of their rings; the lost ones can be retired then. Returns the number of data keys.
    Raises Invalid for another recovery key or a weak root, CannotOpen for a bad wrap.
    """
    if Ring.MAIN not in rings_given():
        raise Invalid(f"{SETTINGS[Ring.MAIN]} names no root key")
    ring.forget()
    with ceremony():
        root = _recovery_root(key)
        roots = [found for name in rings_given() for found in _take_into_use(name)]
        wraps = [wrap for slot, secret in _opened(root, key) for wrap in _wraps(roots, slot, secret)]
        DataKeyWrap.objects.bulk_create(wraps, batch_size=1000, ignore_conflicts=True)
        keys = len({wrap.datakey_id for wrap in wraps})
        record_ceremony("keys:recover", actor=actor, root=root, details={"keys": keys, "roots": [*map(str, roots)]})
    ring.forget()
    return keys


def _recovery_root(key: RecoveryKey) -> RootKey:
    root = RootKey.objects.filter(ring=Ring.RECOVERY, state=RootState.PRIMARY).first()
    if root is None:
        raise NotFound("This database has no recovery key: run manage.py keys init")
    if bytes(root.id) != key.id:
        raise Invalid(f"This is not the recovery key of this database: that one has the fingerprint {root}")
    return root


def _opened(root: RootKey, key: RecoveryKey) -> Iterator[tuple[KeySlot, bytes]]:
    wraps = DataKeyWrap.objects.filter(root=root).exclude(datakey__state=DataKeyState.SHREDDED)
    for wrap in wraps.select_related("datakey").iterator():
        slot = slot_of(wrap.datakey)
        yield slot, unwrap_by_recovery(key, slot, bytes(wrap.wrapped))


def _take_into_use(name: Ring) -> list[RootKey]:
    """The ring's roots of the settings; one of them is its primary in the end."""
    known = {bytes(root.id): root for root in RootKey.objects.exclude(state=RootState.RETIRED)}
    held = held_roots(name).values()
    roots = [known.get(root.id) or register(name, root, RootState.DECRYPT_ONLY) for root in held]
    if all(root.state != RootState.PRIMARY for root in roots):
        make_primary(roots[0])
    return roots


def _wraps(roots: Sequence[RootKey], slot: KeySlot, secret: bytes) -> list[DataKeyWrap]:
    return [wrap for root in roots if (wrap := wrap_under(root, slot, secret))]
