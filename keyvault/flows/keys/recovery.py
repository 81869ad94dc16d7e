"""``keys recovery-confirm``: somebody shows to have the recovery key, and that it opens what it must."""

from django.db.models.functions import Now

from keyvault.actor import Actor
from keyvault.errors import CannotOpen, Invalid, NotFound
from keyvault.flows.keys.log import record_ceremony
from keyvault.keyring.datakeys import slot_of
from keyvault.keyring.models import DataKeyState, DataKeyWrap, RootKey, RootState
from keyvault.keyring.purposes import Ring
from keyvault.keyring.recovery import RecoveryKey
from keyvault.keyring.turns import ceremony
from keyvault.keyring.wraps import unwrap_by_recovery


def confirm_recovery(*, actor: Actor, key: RecoveryKey) -> int:
    """Opens every recovery wrap and returns their number. Raises Invalid for another key, CannotOpen for a bad wrap."""
    with ceremony():
        root = _recovery_root()
        if bytes(root.id) != key.id:
            raise Invalid(f"This is not the recovery key of this database: that one has the fingerprint {root}")
        opened = _open_all(root, key)
        RootKey.objects.filter(pk=root.pk).update(confirmed_at=Now())
        record_ceremony("keys:recovery-confirm", actor=actor, root=root, details={"wraps": opened})
    return opened


def _recovery_root() -> RootKey:
    root = RootKey.objects.filter(ring=Ring.RECOVERY, state=RootState.PRIMARY).first()
    if root is None:
        raise NotFound("This database has no recovery key: run manage.py keys init")
    return root


def _open_all(root: RootKey, key: RecoveryKey) -> int:
    wraps = DataKeyWrap.objects.filter(root=root).exclude(datakey__state=DataKeyState.SHREDDED)
    opened = 0
    for wrap in wraps.select_related("datakey").iterator():
        unwrap_by_recovery(key, slot_of(wrap.datakey), bytes(wrap.wrapped))
        opened += 1
    if not opened:
        raise CannotOpen("There is no recovery wrap yet: run manage.py keys rewrap")
    return opened
