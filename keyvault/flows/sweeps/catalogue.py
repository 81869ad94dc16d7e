"""Every sweep, in the order in which one would read of them. docs/sweeps.md tells them."""

from keyvault.errors import NotFound
from keyvault.flows.sweeps.endings import EXPIRED, EXPIRING
from keyvault.flows.sweeps.leavers import LEAVERS
from keyvault.flows.sweeps.review import MONTHLY_REVIEW
from keyvault.flows.sweeps.secret_dates import PURGE, ROTATION, UNREAD
from keyvault.flows.sweeps.stale_tokens import STALE_TOKENS
from keyvault.flows.sweeps.steps import Sweep
from keyvault.flows.sweeps.upkeep import ENGAGEMENTS, HOUSEKEEPING, PARTITIONS

SWEEPS: dict[str, Sweep] = {
    sweep.name: sweep
    for sweep in (
        STALE_TOKENS,
        EXPIRING,
        EXPIRED,
        ROTATION,
        UNREAD,
        PURGE,
        LEAVERS,
        ENGAGEMENTS,
        MONTHLY_REVIEW,
        PARTITIONS,
        HOUSEKEEPING,
    )
}


def find_sweep(name: str) -> Sweep:
    """Raises NotFound."""
    if name not in SWEEPS:
        raise NotFound(f"There is no sweep {name}: {', '.join(SWEEPS)}")
    return SWEEPS[name]
