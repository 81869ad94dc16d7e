"""``keys verify``: opens every wrap that this process can. A look, not a ceremony: nothing is changed."""

from dataclasses import dataclass
from uuid import UUID

from keyvault.keyring.datakeys import WrappedKey, live_keys, wrapped_keys
from keyvault.keyring.held import held_root_ids, rings_given
from keyvault.keyring.models import DataKeyWrap


@dataclass(frozen=True, slots=True)
class Verified:
    """``broken`` wraps do not open under their root; ``shut`` data keys open under no root of this process."""

    opened: int
    broken: tuple[WrappedKey, ...]
    shut: tuple[UUID, ...]

    @property
    def sound(self) -> bool:
        return not self.broken and not self.shut


def verify() -> Verified:
    wraps = wrapped_keys(DataKeyWrap.objects.filter(root_id__in=held_root_ids()))
    broken = tuple(wrap for wrap in wraps if not wrap.opens())
    opened = {wrap.slot.key_id for wrap in wraps} - {wrap.slot.key_id for wrap in broken}
    key_ids = live_keys(*rings_given()).values_list("id", flat=True)
    return Verified(len(wraps) - len(broken), broken, tuple(key_id for key_id in key_ids if key_id not in opened))
