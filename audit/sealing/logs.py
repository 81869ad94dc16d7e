"""The logs' names, and the statements that the sealer makes in the installation's log. Pure."""

import datetime as dt
from uuid import UUID

from audit.entry import INSTANCE, canonical


def origin_of(host: str, log_id: UUID, epoch: int) -> str:
    """``<host>/audit/<organization>`` or ``<host>/audit/instance``, from the second epoch on with ``/e<epoch>``."""
    name = "instance" if log_id == INSTANCE else str(log_id)
    return f"{host}/audit/{name}" + (f"/e{epoch}" if epoch else "")


def head_statement(log_id: UUID, epoch: int, size: int, root: bytes, at: dt.datetime) -> bytes:
    """Binds an organization's log to the installation's: whoever watches the one watches all."""
    return canonical(
        {
            "v": 1,
            "t": "org_head",
            "org": str(log_id),
            "epoch": epoch,
            "size": size,
            "root": root.hex(),
            "ts": _moment(at),
        }
    )


def epoch_statement(epoch: int, reason: str, previous: str, at: dt.datetime) -> bytes:
    """The first leaf of the installation's log in a new epoch; ``previous`` is the last note of the epoch before."""
    return canonical({"v": 1, "t": "epoch", "epoch": epoch, "reason": reason, "previous": previous, "ts": _moment(at)})


def _moment(at: dt.datetime) -> str:
    return at.isoformat(timespec="microseconds")[:26] + "Z"
