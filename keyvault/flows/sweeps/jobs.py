"""A run of a sweep as a job: a worker that dies is followed by another."""

import datetime as dt

from keyvault.actor import Actor, system
from keyvault.flows.sweeps import mails, review  # noqa: F401  what they do of the work that waits
from keyvault.flows.sweeps.catalogue import SWEEPS
from keyvault.flows.sweeps.runner import RUN, run_sweep
from keyvault.jobs.registry import handles


@handles(RUN, lease=dt.timedelta(minutes=15))
def run(*, actor: Actor, sweep: str) -> None:
    """One that a newer release has and this one does not is left to that."""
    if sweep in SWEEPS:
        run_sweep(sweep, actor=system(f"sweep {sweep}"))
